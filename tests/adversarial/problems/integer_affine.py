import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x, y):
        return x * y + 3


def get_inputs():
    return [torch.randint(-50, 50, (16, 300)), torch.randint(-50, 50, (16, 300))]
