"""Softmax of a scaled sum: the problem that most bad candidates pretend to solve."""

import torch


class ScaledSoftmax(torch.nn.Module):
    def __init__(self, width: int, factor: float = 0.5) -> None:
        super().__init__()
        self.factor = factor
        self.weight = torch.nn.Parameter(torch.ones(width))
        self.bias = torch.nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return torch.softmax(x * self.weight * self.factor + self.bias, dim=-1)


def get_init_inputs():
    return [96]


def get_inputs():
    return [torch.randn(16, 96)]
