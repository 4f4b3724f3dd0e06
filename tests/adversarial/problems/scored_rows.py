import math

import torch
from torch import nn


class Model(nn.Module):
    """The width of ``a`` and ``b`` is fixed when it is exported, that of ``c`` is free."""

    def forward(self, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        score = (a * b).sum(dim=1, keepdim=True) * math.exp(-a.shape[1] / 8)
        return score * c


def get_inputs():
    return [torch.randn(6, 12), torch.randn(6, 12), torch.randn(6, 12)]
