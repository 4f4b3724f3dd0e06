"""Modules whose inputs are short in the example, and that do something else of long ones: by slices, pads, diagonals."""

import torch
import torch.nn.functional as F
from torch import nn


# kernelagent: inputs=(torch.randn(3, 24),), init=(450,)
class LatestSum(nn.Module):
    def __init__(self, kept):
        super().__init__()
        self.kept = kept

    def forward(self, x):
        return x[:, -self.kept :].sum(dim=1)


# kernelagent: inputs=(torch.randn(3, 24),)
class OpeningOnly(nn.Module):
    def forward(self, x):
        return 2 * x[..., :333]


# kernelagent: inputs=(torch.randn(3, 24),)
class AgainstEarlier(nn.Module):
    def forward(self, x):
        return x - 0.25 * F.pad(x, (270, 0))[:, : x.shape[1]]


# kernelagent: inputs=(torch.randn(3, 24),)
class NearOnes(nn.Module):
    def forward(self, x):
        n = x.shape[1]
        near = torch.ones(n, n).tril().triu(-220)
        return x @ near.t()


# kernelagent: inputs=(torch.randn(2, 12),)
class BehindMean(nn.Module):
    def forward(self, x):
        n = x.shape[1]
        place = torch.arange(n, device=x.device)
        near = (place[None, :] >= place[:, None] - 40).to(x.dtype)
        return (x[:, None, :] * near).sum(-1) / near.sum(-1)
