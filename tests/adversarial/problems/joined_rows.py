import torch
from torch import nn


class Model(nn.Module):
    def forward(self, q, v):
        return torch.cat([q, v], dim=1)


def get_inputs():
    return [torch.randn(6, 20), torch.randn(6, 20)]
