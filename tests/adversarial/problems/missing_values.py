import torch
from torch import nn


# kernelagent: inputs=(torch.randn(16, 24), torch.randn(16, 24))
class MissingTargets(nn.Module):
    """A loss for each row over the targets that are there."""

    def forward(self, x, target):
        there = ~torch.isnan(target)
        error = torch.where(there, x - target, 0.0)
        return (error * error).sum(-1) / there.sum(-1).clamp(min=1)


# kernelagent: inputs=(torch.randn(16, 24),)
class Imputed(nn.Module):
    """What is missing is the mean of its column; the result is what is left of that mean."""

    def forward(self, x):
        mean = torch.nanmean(x, dim=0)
        return torch.where(torch.isnan(x), mean, x) - mean


# kernelagent: inputs=(torch.randn(16, 24),)
class Flagged(nn.Module):
    """The rectified input, and how many numbers of each row are missing."""

    def forward(self, x):
        missing = x != x
        return x.relu(), missing.sum(-1), missing.any(-1)


# kernelagent: inputs=(torch.randn(16, 24),)
class LargestAndMissing(nn.Module):
    """NaN is put in an order, and asked for."""

    def forward(self, x):
        return torch.where(x > 0.5, x, 0.25), x.argmax(-1), torch.isnan(x).sum(-1)
