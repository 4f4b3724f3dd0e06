import torch
from torch import nn


class Many(nn.Module):
    """Halves what comes in many rows."""

    def forward(self, x):
        if x.shape[0] > 200:
            x = x * 0.5
        return torch.relu(x)


class Prefill(nn.Module):
    """As many queries as keys are causal; fewer see all keys."""

    def forward(self, scores):
        if scores.shape[0] == scores.shape[1]:
            scores = scores + torch.full_like(scores, -1e4).triu(1)
        return torch.softmax(scores, -1)


def get_inputs():
    return [torch.randn(6, 40)]
