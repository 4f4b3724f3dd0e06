import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x, s):
        return torch.clamp(torch.round(x / s), -128, 127) * s


def get_inputs():
    return [torch.randn(4, 50) * 3, torch.rand(4, 1) * 0.1 + 0.01]
