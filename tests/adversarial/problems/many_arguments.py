"""Arguments that are no tensors, each of which matters."""

import torch
from torch import nn



# kernelagent: inputs=(torch.randn(9, 50), 3, 0.2)
class RolledAndLeaky(nn.Module):
    def forward(self, x, shift: int, slope: float):
        x = torch.roll(x, shift, dims=-1)
        return torch.where(x > 0, x, slope * x)



# kernelagent: inputs=(torch.randn(9, 50), 3, 7, 0.5, -0.5, True, True)
class ClampedBetween(nn.Module):
    def forward(self, x, up: int, down: int, hi: float, lo: float, relu: bool, neg: bool):
        x = x * up - down
        x = torch.where(x > hi, hi, torch.where(x < lo, lo, x))
        if relu:
            x = torch.relu(x)
        return -x if neg else x
