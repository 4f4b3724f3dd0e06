import torch
from torch import nn


class Narrow(nn.Module):
    """Decides by a number of its input."""

    def forward(self, x):
        if 1.7 < x.mean().item() < 2.9:
            return torch.tanh(x)
        return torch.relu(x)


class Rare(nn.Module):
    """Decides by what no input of the judge's comes to."""

    def forward(self, x):
        if x.double().std() / (1 + x.double().abs().mean()) == 0.123456789:
            return torch.tanh(x)
        return torch.relu(x)


def get_inputs():
    return [torch.randn(6, 40)]
