"""Running sums of each row, from its last element on."""

import torch
import torch.nn as nn


class FromBehind(nn.Module):
    def forward(self, x):
        return x.flip(-1).cumsum(-1).flip(-1)


def get_inputs():
    return [torch.randn(4, 10)]
