import torch
from torch import nn


class Hundredths(nn.Module):
    def forward(self, x):
        return torch.round(x, decimals=2)


class FakeQuantised(nn.Module):
    def forward(self, x):
        return torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 255)


def get_inputs():
    return [torch.randn(4, 50)]
