"""Normalisations: over rows, groups and the batch."""

import torch


# kernelagent: inputs=(torch.randn(4, 9, 48),)
class RowNorm(torch.nn.Module):
    """Layer norm over the last dimension, and the residual added after it."""

    def __init__(self, width: int = 48, eps: float = 1e-2) -> None:
        super().__init__()
        self.norm = torch.nn.LayerNorm(width, eps=eps)

    def forward(self, x):
        return self.norm(x) + x


# kernelagent: inputs=(torch.randn(6, 5, 40),)
class RootMeanSquare(torch.nn.Module):
    def __init__(self, width: int = 40, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.gain = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.gain


# kernelagent: inputs=(torch.randn(3, 8, 6, 7),)
class GroupedNorm(torch.nn.Module):
    def __init__(self, groups: int = 2, channels: int = 8) -> None:
        super().__init__()
        self.norm = torch.nn.GroupNorm(groups, channels)

    def forward(self, x):
        return torch.nn.functional.silu(self.norm(x))


# kernelagent: inputs=(torch.randn(4, 6, 5, 5),)
class ImageNorm(torch.nn.Module):
    """Batch statistics over three dimensions; the running ones are updated."""

    def __init__(self, channels: int = 6) -> None:
        super().__init__()
        self.norm = torch.nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(self.norm(x))


# kernelagent: inputs=(torch.randn(8, 24),)
class UnitLength(torch.nn.Module):
    """Rows divided by their length, which a small number keeps from zero."""

    def forward(self, x):
        return torch.nn.functional.normalize(x, dim=-1, eps=1e-12)


# kernelagent: inputs=(torch.randn(300),)
class Directed(torch.nn.Module):
    """A vector divided by its length."""

    def forward(self, x):
        return x / x.norm()
