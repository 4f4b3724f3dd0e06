"""Rows of 16-bit numbers."""

import torch


# kernelagent: inputs=(torch.rand(8, 900).half(),)
class Mean(torch.nn.Module):
    def forward(self, x):
        return x.mean(-1)


# kernelagent: inputs=(torch.randn(9, 500, dtype=torch.bfloat16),)
class Norm(torch.nn.Module):
    """Of a row, squared."""

    def forward(self, x):
        return x.square().sum(-1)


# kernelagent: inputs=(torch.randn(9, 60).half(), torch.randint(0, 60, (9,)))
class Picked(torch.nn.Module):
    def forward(self, x, column):
        return x.gather(1, column[:, None])[:, 0]
