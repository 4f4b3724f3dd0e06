"""What happens seldom, and is known for long after it, or before: one reading, one mark, one sample among zeros."""

import torch
from torch import nn


# kernelagent: inputs=(torch.where(torch.rand(3, 50) < 0.4, float("nan"), torch.randn(3, 50)),)
class UntilNext(nn.Module):
    """Steps until the next reading that is not missing; past the last one, until the end."""

    def forward(self, series):
        n = series.shape[1]
        steps = torch.arange(n, device=series.device).expand(series.shape)
        there = torch.where(series.isnan(), n, steps)
        return there.flip(1).cummin(1).values.flip(1) - steps


# kernelagent: inputs=(torch.randint(0, 500, (3, 50)),)
class SinceMark(nn.Module):
    """Steps since the last 7; since before the first step where there was none."""

    def forward(self, codes):
        steps = torch.arange(codes.shape[1], device=codes.device).expand(codes.shape)
        last = torch.where(codes == 7, steps, -1).cummax(1).values
        return steps - last


# kernelagent: inputs=(torch.randn(3, 50) * (torch.rand(3, 50) < 0.3),)
class HeldSample(nn.Module):
    """The last value that is not zero, added to each."""

    def forward(self, x):
        steps = torch.arange(x.shape[1], device=x.device).expand(x.shape)
        last = torch.where(x != 0, steps, 0).cummax(1).values
        return x + x.gather(1, last)
