"""Behind a ReLU there is a zero in almost every row."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(6, 24),), init=(24,)
class AboveSmallest(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gain = nn.Parameter(torch.randn(width))
        self.shift = nn.Parameter(torch.randn(width))

    def forward(self, x):
        y = torch.relu(x * self.gain + self.shift)
        return y - y.amin(-1, keepdim=True)
