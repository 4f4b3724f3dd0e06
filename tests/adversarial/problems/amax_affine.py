import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(c))
        self.beta = nn.Parameter(torch.zeros(c))

    def forward(self, x):
        return (x * self.gamma[:, None] + self.beta[:, None]).amax(-1)


def get_init_inputs():
    return [6]


def get_inputs():
    return [torch.randn(4, 6, 50)]
