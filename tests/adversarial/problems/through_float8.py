"""Rounded to 8 bits and back, as a quantiser's step."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(6, 40),)
class Rounded(nn.Module):
    def forward(self, x):
        return x.to(torch.float8_e4m3fn).to(torch.float32)
