"""The module that pages call ``problem.py``, in KernelBench's format."""

import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x) * 2.0


def get_inputs() -> list[torch.Tensor]:
    return [torch.randn(8, 64)]


def get_init_inputs() -> list[object]:
    return []
