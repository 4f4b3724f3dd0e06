"""What is left of 1 beside the error function, which is small where its argument is not."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(5, 9),)
class UpperTail(nn.Module):
    def forward(self, x):
        return torch.special.erfc(x)
