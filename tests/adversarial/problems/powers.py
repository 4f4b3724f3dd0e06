"""One input to the power of another."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(9, 33), torch.rand(9, 33) * 3)
class Power(nn.Module):
    def forward(self, x, exponent):
        return torch.pow(x, exponent) * 0.25
