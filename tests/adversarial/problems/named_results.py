"""Results whose places have names, which users read as attributes."""

from collections import namedtuple
from typing import NamedTuple

import torch
from torch import nn


class Parts(NamedTuple):
    above: torch.Tensor
    below: torch.Tensor


Pair = namedtuple("Pair", ["above", "below"])


# kernelagent: inputs=(torch.randn(24, 40),)
class Split(nn.Module):
    def forward(self, x):
        return Parts(x.clamp(min=0), x.clamp(max=0))


# kernelagent: inputs=(torch.randn(24, 40),)
class Nested(nn.Module):
    def forward(self, x):
        return {"parts": [Pair(x.clamp(min=0), x.clamp(max=0))]}
