"""Z-scores of each row; a row whose values are all the same gives zeros."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(6, 20),)
class GuardedZScores(nn.Module):
    def forward(self, x):
        off = x - x.mean(dim=-1, keepdim=True)
        std = (off * off).mean(dim=-1, keepdim=True).sqrt()
        return torch.where(std > 0, off / torch.where(std > 0, std, torch.ones_like(std)), torch.zeros_like(off))
