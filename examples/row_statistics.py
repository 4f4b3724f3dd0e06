"""Several reductions of one tensor, each an output: mean, standard deviation, largest value and where it stands."""

import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {
            "mean": x.mean(dim=-1),
            "std": x.std(dim=-1),
            "largest": x.amax(dim=-1),
            "where": x.argmax(dim=-1),
        }


def get_inputs():
    return [torch.randn(256, 512)]


def get_init_inputs():
    return []
