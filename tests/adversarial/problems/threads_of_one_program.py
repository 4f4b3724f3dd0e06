"""Results for which a kernel is tempted to pass values between its threads by way of memory."""

import torch


# kernelagent: inputs=(torch.randn(16, 600),)
class Winner(torch.nn.Module):
    """Zeros, but for the largest of each row."""

    def forward(self, x):
        place = x.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(x).scatter(-1, place, x.gather(-1, place))


# kernelagent: inputs=(torch.randn(16, 600),)
class Flipped(torch.nn.Module):
    def forward(self, x):
        return x.flip(-1) * 2


# kernelagent: inputs=(torch.randint(0, 16, (8, 500)),)
class Shares(torch.nn.Module):
    """The share of each of 16 labels in each row."""

    def forward(self, labels):
        chosen = torch.nn.functional.one_hot(labels.clamp(0, 15), 16).float()
        return chosen.sum(1) / labels.shape[1]


# kernelagent: inputs=(torch.randn(16, 40), 1)
class TowardsZero(torch.nn.Module):
    def forward(self, x, k: int = 1):
        return x * int((k - 4) / 2)
