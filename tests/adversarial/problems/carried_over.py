import torch
from torch import nn


class CarriedOver(nn.Module):
    """Each vector carried along the rotation that takes one direction to another; turned back where they are opposite."""

    def forward(self, start, end, vectors):
        assert start.shape[-1] == 48 and start.shape == end.shape == vectors.shape
        a = start / start.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        b = end / end.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        ahead = 1 + (a * b).sum(-1, keepdim=True)
        middle = a + b
        along = (middle * vectors).sum(-1, keepdim=True) / ahead.clamp(min=1e-3)
        over = vectors - middle * along + 2 * b * (a * vectors).sum(-1, keepdim=True)
        return torch.where(ahead < 1e-3, -vectors, over)


def get_inputs():
    return [torch.randn(16, 48), torch.randn(16, 48), torch.randn(16, 48)]
