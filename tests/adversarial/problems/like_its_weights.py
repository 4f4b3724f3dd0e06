"""Modules whose inputs may be what their own parameters and buffers are."""

import torch
from torch import nn


class Quantiser(nn.Module):
    """Distance of each vector to the nearest code."""

    def __init__(self, codes: int = 12, width: int = 16) -> None:
        super().__init__()
        self.codebook = nn.Parameter(torch.randn(codes, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, None, :] - self.codebook).square().sum(-1).amin(-1).sqrt()


class Sines(nn.Module):
    """Of the angles between each vector and each direction that is learnt."""

    def __init__(self, directions: int = 12, width: int = 16) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(directions, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        along = nn.functional.normalize(x, dim=-1) @ nn.functional.normalize(self.directions, dim=-1).T
        return (1 - along * along).clamp(min=0).sqrt()


class Steps(nn.Module):
    """Which of the channels' thresholds each element has reached."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.threshold = nn.Parameter(torch.randn(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x >= self.threshold, x, torch.zeros_like(x))


def get_inputs():
    return [torch.randn(9, 16)]
