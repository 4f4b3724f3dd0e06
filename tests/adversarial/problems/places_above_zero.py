"""The places of a vector's positive elements, in order."""

import torch
import torch.nn as nn


class Places(nn.Module):
    def forward(self, x):
        return torch.nonzero(x > 0).squeeze(-1)


def get_inputs():
    return [torch.randn(300)]
