"""Modules that differ from a plausible kernel only at the ends of what their inputs or weights may be."""

import torch


# kernelagent: inputs=(torch.randint(0, 30, (6, 11)),)
class UnitRows(torch.nn.Module):
    """Rows of a table at length 1; the padding row is all zeros, and stays so."""

    def __init__(self, words: int = 30, width: int = 20) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(words, width, padding_idx=0)

    def forward(self, tokens):
        return torch.nn.functional.normalize(self.words(tokens), dim=-1)


# kernelagent: inputs=(torch.randint(-99, 99, (7, 20), dtype=torch.int32),
#     torch.randint(-99, 99, (7, 20), dtype=torch.int32))
class Widened(torch.nn.Module):
    def forward(self, x, y):
        return x.to(torch.int64) - y.to(torch.int64)


# kernelagent: inputs=(torch.rand(9, 14), torch.rand(9, 14))
class Doubt(torch.nn.Module):
    """Cross entropy of two probabilities, each logarithm not below -100."""

    def forward(self, guess, truth):
        return torch.nn.functional.binary_cross_entropy(guess, truth, reduction="none")


# kernelagent: inputs=(torch.randint(-90, 90, (5, 40), dtype=torch.int8),)
class Loudness(torch.nn.Module):
    def forward(self, samples):
        return samples.to(torch.float32).abs() / 128


# kernelagent: inputs=(torch.randint(-500, 500, (260,)), torch.randint(-500, 500, (260,)))
class Weighed(torch.nn.Module):
    def forward(self, x, y):
        return 5 * x - y


# kernelagent: inputs=(torch.randn(6, 30), torch.randn(6, 30))
class LogSum(torch.nn.Module):
    """A sum of two probabilities that are given by their logarithms; minus infinity is a probability of zero."""

    def forward(self, x, y):
        return torch.logaddexp(x, y)


# kernelagent: inputs=(torch.randn(8, 30, dtype=torch.float16),)
class HalfScores(torch.nn.Module):
    def forward(self, x):
        return torch.softmax(x.float() * 0.7, -1).half()
