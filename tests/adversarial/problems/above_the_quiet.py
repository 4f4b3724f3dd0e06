"""A running value that is held against multiples of another one, step after step."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(3, 72),)
class Ducked(nn.Module):
    """Four times softer from where the mean magnitude is thrice the quiet one until it is nearly as quiet again."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = quiet = x[:, :4].abs().mean(1)
        gain, out = torch.ones_like(level), []
        for t in range(x.shape[1]):
            level = level + 0.046875 * (x[:, t].abs() - level)
            quiet = torch.minimum(level, 1.00390625 * quiet)
            gain = torch.where(level > 3.0 * quiet, 0.25, gain)
            gain = torch.where(1.375 * quiet > level, 1.0, gain)
            out.append(gain * x[:, t])
        return torch.stack(out, 1)
