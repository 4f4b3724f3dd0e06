import torch
from torch import nn
class Model(nn.Module):
    def forward(self, x):
        return torch.topk(x, 4, dim=-1)


def get_inputs():
    return [torch.randn(9, 40)]
