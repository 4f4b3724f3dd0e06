"""Dropout of a weighted input, in training: random, with a distribution that is known."""

import torch


class Dropping(torch.nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(width))
        self.dropout = torch.nn.Dropout(0.25)

    def forward(self, x):
        return self.dropout(x * self.weight) + 1.0


def get_init_inputs():
    return [40]


def get_inputs():
    return [torch.randn(48, 40)]
