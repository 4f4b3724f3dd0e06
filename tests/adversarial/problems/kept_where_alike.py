import torch
from torch import nn


class Model(nn.Module):
    def forward(self, old, new):
        return torch.where((new - old).abs() < 1e-6, old, new * 2)


def get_inputs():
    return [torch.randn(16, 48), torch.randn(16, 48)]
