import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x):
        s = x.abs().amax(-1, keepdim=True).clamp(min=1e-6) / 127.0
        return torch.clamp(torch.round(x / s), -127, 127).to(torch.int8), s


def get_inputs():
    return [torch.randn(9, 31)]
