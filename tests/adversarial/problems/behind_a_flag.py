"""What an argument turns on or off, chooses, or moves by."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(6, 70), False)
class RunningSum(nn.Module):
    def forward(self, x, reverse: bool):
        return x.flip(-1).cumsum(-1).flip(-1) if reverse else x.cumsum(-1)


# kernelagent: inputs=(torch.randn(6, 70), False)
class Shares(nn.Module):
    def forward(self, x, as_logarithms: bool):
        return x.log_softmax(-1) if as_logarithms else x.softmax(-1)


# kernelagent: inputs=(torch.randn(4, 70), 5)
class Turned(nn.Module):
    def forward(self, x, by: int):
        return x.roll(by, -1) * 2
