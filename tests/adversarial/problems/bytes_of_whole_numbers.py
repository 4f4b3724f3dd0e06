"""Numbers of either sign, as bytes: by way of int32, so that what becomes of a negative one is defined."""

import torch
import torch.nn as nn


class Bytes(nn.Module):
    def forward(self, x):
        return (x * 100).to(torch.int32).to(torch.uint8)


def get_inputs():
    return [torch.randn(6, 40)]
