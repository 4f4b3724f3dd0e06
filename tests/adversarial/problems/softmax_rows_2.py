import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x):
        return torch.exp(-x * x)


def get_inputs():
    return [torch.randn(16, 50)]
