"""The limits of each dtype, and when one value is near another. docs/verification.md derives the figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

RTOL = ATOL = 1e-3
HALF_RTOL = HALF_ATOL = 1e-2
"""For 16-bit types; nothing raises either."""


@dataclass(frozen=True)
class Tolerance:
    """What is asked of a tensor of one dtype: the fixed rule, and multiples of PyTorch's own error."""

    rtol: float
    atol: float
    rms_factor: float
    max_factor: float
    rms_floor: float
    """in the yardstick's units, which are about one unit in the last place"""
    max_floor: float
    least: float
    """what PyTorch's own error is taken for at least, where it happens to be exact: one rounding of a 16-bit result"""
    steps: float
    """Half units in the last place by which a sound kernel's inputs may seem to be moved."""
    eps: float


def tolerance_for(dtype: torch.dtype) -> Tolerance:
    eps = torch.finfo(dtype).eps
    if dtype in (torch.float16, torch.bfloat16):
        return Tolerance(HALF_RTOL, HALF_ATOL, 1.5, 3.0, 0.05, 0.25, 0.1, 1.0, eps)
    if dtype == torch.float64:
        # There is nothing more exact to see PyTorch's own error with, so the floor stands for both.
        return Tolerance(RTOL, ATOL, 8.0, 16.0, 64.0, 256.0, 0.0, 8.0, eps)
    return Tolerance(RTOL, ATOL, 8.0, 16.0, 2.0, 6.0, 0.0, 8.0, eps)


def fixed_bound(value: torch.Tensor, limits: Tolerance, scale: float) -> torch.Tensor:
    """``atol * min(1, rms of the result) + rtol * |value|``, elementwise: small outputs are not passed by zeros."""
    return limits.atol * min(1.0, scale) + limits.rtol * value.abs()


def near(c: torch.Tensor, x: torch.Tensor, limits: Tolerance, scale: float) -> torch.Tensor:
    """Which elements of ``c`` are within the fixed bound of ``x``; NaN is near NaN, an infinity near itself."""
    both_nan = torch.isnan(c) & torch.isnan(x)
    close = (c - x).abs() <= fixed_bound(x, limits, scale)
    return both_nan | (c == x) | (close & torch.isfinite(x))


def rms(values: torch.Tensor) -> float:
    return math.sqrt(float(values.double().square().mean())) if values.numel() else 0.0
