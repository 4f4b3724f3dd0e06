import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x):
        h = x[:, 0]
        for t in range(1, 32):
            h = h * 0.5 + x[:, t]
        return h


def get_inputs():
    return [torch.randn(16, 32)]
