"""Parts whose names are also those of tensors' methods, as in most modules."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(5, 24),), init=(24,)
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.softmax = nn.Softmax(-1)

    def forward(self, x):
        return self.softmax(self.norm(x))
