"""Attention and what stands around it."""

import torch


# kernelagent: inputs=(torch.randn(2, 3, 20, 16), torch.randn(2, 3, 20, 16), torch.randn(2, 3, 20, 16))
class Causal(torch.nn.Module):
    def forward(self, q, k, v):
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


# kernelagent: inputs=(torch.randn(4, 33), torch.rand(4, 33) > 0.3)
class MaskedSoftmax(torch.nn.Module):
    """Scores where the mask is false count for nothing."""

    def forward(self, scores, keep):
        return torch.softmax(scores.masked_fill(~keep, -1e9), dim=-1)


# kernelagent: inputs=(torch.randn(2, 10, 4, 16), torch.randn(10, 8), torch.randn(10, 8))
class Rotary(torch.nn.Module):
    """Pairs of features (the first half with the second) turned by an angle that depends on the position."""

    def forward(self, x, cos, sin):
        one, two = x.chunk(2, dim=-1)
        c, s = cos[:, None, :], sin[:, None, :]
        return torch.cat([one * c - two * s, two * c + one * s], dim=-1)


# kernelagent: inputs=(torch.randn(6, 19), torch.randint(0, 19, (6,)))
class CrossEntropy(torch.nn.Module):
    def forward(self, logits, target):
        return torch.nn.functional.cross_entropy(logits, target)


# kernelagent: inputs=(torch.randint(0, 50, (7, 5)),)
class Embedded(torch.nn.Module):
    def __init__(self, rows: int = 50, width: int = 24) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(rows, width)

    def forward(self, tokens):
        return self.table(tokens) * 2.0
