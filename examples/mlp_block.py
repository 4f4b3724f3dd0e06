"""A two-layer perceptron with GELU. Two kernels: each product takes its bias and activation along."""

import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, features: int, hidden: int):
        super().__init__()
        self.up = nn.Linear(features, hidden)
        self.down = nn.Linear(hidden, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = F.gelu(self.up(x))
        return self.down(hidden)


def get_inputs():
    return [torch.randn(64, 128)]


def get_init_inputs():
    return [128, 256]
