"""A residual MLP block, as transformers have it."""

import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(64, 128),), init=(128, 256)
class ResidualMLP(nn.Module):
    def __init__(self, features: int, hidden: int):
        super().__init__()
        self.up = nn.Linear(features, hidden)
        self.down = nn.Linear(hidden, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = F.gelu(self.up(x))
        return x + self.down(hidden)
