import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(40, 24))

    def forward(self, i):
        return self.table[i]


def get_inputs():
    return [torch.randint(-40, 40, (33,))]
