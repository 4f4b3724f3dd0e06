import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x, t):
        return F.cross_entropy(x, t, ignore_index=255, reduction="none")


def get_inputs():
    return [torch.randn(40, 10), torch.randint(0, 10, (40,))]
