import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x):
        return F.interpolate(x, size=(20, 48), mode="nearest")


def get_inputs():
    return [torch.randn(2, 3, 16, 24)]
