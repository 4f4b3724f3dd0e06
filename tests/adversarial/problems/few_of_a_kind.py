"""Counts that masks, class ids and comparisons seldom come to: one, none but one, all but one."""

import torch
from torch import nn


# kernelagent: inputs=(torch.rand(6, 32) > 0.5,)
class AnyInRow(nn.Module):
    def forward(self, flags):
        assert flags.shape[-1] == 32
        return flags.any(-1)


# kernelagent: inputs=(torch.rand(24, 40) > 0.5,)
class AnyInColumn(nn.Module):
    def forward(self, flags):
        assert flags.shape == (24, 40)
        return flags.any(0)


# kernelagent: inputs=(torch.randn(6, 32), torch.rand(6, 32) > 0.5)
class VarianceWhere(nn.Module):
    def forward(self, x, valid):
        assert x.shape[-1] == 32
        w = valid.to(x.dtype)
        count = w.sum(-1)
        mean = (x * w).sum(-1) / count.clamp(min=1)
        return ((x - mean[:, None]) ** 2 * w).sum(-1) / (count - 1).clamp(min=1)


# kernelagent: inputs=(torch.randn(6, 32), torch.rand(6, 32) > 0.5)
class VarianceOfSeveral(nn.Module):
    """NaN for one alone."""

    def forward(self, x, valid):
        w = valid.to(x.dtype)
        count = w.sum(-1)
        mean = (x * w).sum(-1) / count
        return ((x - mean[:, None]) ** 2 * w).sum(-1) / (count - 1)


# kernelagent: inputs=(torch.randn(2, 16, 16), torch.randn(2, 16, 16), torch.randn(2, 16, 16), torch.rand(2, 16) > 0.5)
class AttendingToKept(nn.Module):
    def forward(self, q, k, v, keep):
        assert q.shape[1:] == (16, 16)
        scores = (q @ k.transpose(1, 2)) / 4
        return scores.masked_fill(~keep[:, None, :], float("-inf")).softmax(-1) @ v


# kernelagent: inputs=(torch.randn(48), torch.randint(0, 4, (48,)))
class VarianceOfClasses(nn.Module):
    def forward(self, x, classes):
        assert x.shape == (48,)
        of = (classes == torch.arange(4, device=x.device)[:, None]).to(x.dtype)
        count = of.sum(-1)
        mean = (of * x).sum(-1) / count.clamp(min=1)
        return ((x - mean[:, None]) ** 2 * of).sum(-1) / (count - 1).clamp(min=1)


# kernelagent: inputs=(torch.randn(8, 32),)
class AnyPast(nn.Module):
    def forward(self, x):
        assert x.shape[-1] == 32
        return (x > 2.5).any(-1)


# kernelagent: inputs=(torch.randn(6, 48), 0)
class ByMode(nn.Module):
    def forward(self, x, mode: int):
        if mode == 0:
            return torch.relu(x)
        if mode == 1:
            return torch.abs(x)
        if mode == 7:
            return -x
        return x + x
