"""Files whose modules are surveyed."""

from __future__ import annotations

BLOCKS = """import torch
import torch.nn.functional as F
from torch import nn

WIDTH = 32


class Twice(nn.Module):
    def forward(self, x):
        return torch.tanh(x) * 2


# kernelagent: inputs=(torch.randn(16, WIDTH),), init=(WIDTH,)
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.last = Twice()

    def forward(self, x):
        hidden = self.norm(x)
        hidden = F.gelu(self.up(hidden))
        out = self.down(hidden)
        return self.last(x + out)


# kernelagent: inputs=(torch.randn(16, 64),)
class Branchy(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        return x - 1


# kernelagent: inputs=(torch.randn(8, 8),)
class Factored(nn.Module):
    def forward(self, x):
        q = torch.linalg.qr(torch.relu(x))[0]
        return q * 2


# kernelagent: inputs=(torch.randn(8, 8),)
class Writes(nn.Module):
    def __init__(self):
        super().__init__()
        open(__file__ + ".leak", "w").close()

    def forward(self, x):
        return x * 2


class Silent(nn.Module):
    def forward(self, x):
        return x
"""

CHAIN = """import os, time
while os.path.exists(HOLD):
    time.sleep(0.02)
import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 64),)
class Chain(nn.Module):
    def forward(self, x):
        return torch.relu(torch.tanh(x) + 1)
"""
"""Goes on for as long as the file that it calls ``HOLD`` is there."""
