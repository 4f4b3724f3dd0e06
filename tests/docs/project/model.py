"""The module that pages call ``model.py::Block``."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 512),), init=(512,)
class Block(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x * self.scale)
