import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return x * 2


class Fixed(nn.Module):
    """Its rows are always of one width."""

    def forward(self, x):
        assert x.shape[1] == 32
        return x * 2


def get_inputs():
    return [torch.randn(8, 32)]
