"""SwiGLU on the two halves of a bfloat16 tensor; views only, no copy."""

import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, value = x.chunk(2, dim=-1)
        return F.silu(gate) * value


def get_inputs():
    return [torch.randn(64, 1024, dtype=torch.bfloat16)]


def get_init_inputs():
    return []
