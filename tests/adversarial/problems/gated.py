"""Two inputs of equal shapes, which may lie in memory alike or not; heads, which come as views of rows."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(24, 40), torch.randn(24, 40))
class Gate(nn.Module):
    def forward(self, value, gate):
        return value * torch.sigmoid(gate)


# kernelagent: inputs=(torch.randn(2, 3, 10, 32),)
class NormOfHeads(nn.Module):
    def forward(self, heads):
        return nn.functional.rms_norm(heads, (heads.shape[-1],), eps=1e-6)


# kernelagent: inputs=(torch.randn(1000),)
class RunningTotal(nn.Module):
    def forward(self, x):
        return x.cumsum(0)
