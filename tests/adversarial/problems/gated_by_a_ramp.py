import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return x * (torch.clamp(x + 3, 0, 6) / 6)


def get_inputs():
    return [torch.randn(4, 50)]
