import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(32, 32))

    def forward(self, x):
        return x * torch.linalg.matrix_exp(self.weight * 0.1).sum(0)


def get_inputs():
    return [torch.randn(8, 32)]
