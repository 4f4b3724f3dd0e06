import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x, y):
        return torch.cdist(x, y, p=1)


def get_inputs():
    return [torch.randn(10, 6), torch.randn(12, 6)]
