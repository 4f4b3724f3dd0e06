"""Dropout of images in training: by plane, and by element."""

import torch
from torch import nn


class Planes(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout2d(0.25)

    def forward(self, x):
        return self.dropout(x)


class Elements(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x, 0.5, training=True)


def get_inputs():
    return [torch.randn(4, 16, 8, 8)]
