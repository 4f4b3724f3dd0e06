"""Rotary position embedding: slices, a rotation and a concatenation."""

import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        half = x.shape[-1] // 2
        first, second = x[..., :half], x[..., half:]
        rotated = torch.cat([-second, first], dim=-1)
        return x * cos + rotated * sin


def get_inputs():
    return [torch.randn(2, 8, 64, 64), torch.randn(64, 64), torch.randn(64, 64)]


def get_init_inputs():
    return []
