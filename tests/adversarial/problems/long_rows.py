"""Rows that the interpreter takes too long for."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(64, 20000),)
class Centred(nn.Module):
    def forward(self, x):
        return x - x.mean(-1, keepdim=True)


# kernelagent: inputs=(torch.randn(2, 1100000),)
class VeryLong(Centred):
    pass
