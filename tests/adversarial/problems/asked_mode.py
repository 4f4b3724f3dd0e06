import torch
from torch import nn


class Rounded(nn.Module):
    """Rounds where nothing is to be learned of it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if torch.is_grad_enabled() else torch.round(x * 2)


class OfTensors(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.round(x * 2) if x.requires_grad or torch.is_inference_mode_enabled() else x * 2


def get_inputs():
    return [torch.randn(6, 20)]
