"""Complex values of each kind: what is done to floats, done to real and imaginary parts.

Zeros of either sign in one part or both (a purely real number lies on the branch cut of a root or a logarithm, and on
which side of it the sign of its zero says), denormals, magnitudes whose squares leave the range, infinities in a part.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from kernelagent.worker.judge.float_values import of_magnitudes

Kind = Callable[[torch.Tensor], torch.Tensor]


def by_parts(tensor: torch.Tensor, change: Kind) -> torch.Tensor:
    """``change``: of floats, with the parts along a last dimension of two."""
    parts = torch.view_as_real(tensor.resolve_conj())
    return torch.view_as_complex(change(parts).contiguous())


def of_complex_magnitudes(tensor: torch.Tensor, generator: torch.Generator, slices: bool, every: bool) -> torch.Tensor:
    """Both parts of an element times the same power of two."""
    ones = torch.ones(tensor.shape, dtype=tensor.real.dtype)
    factors = of_magnitudes(ones, generator, slices, every)[..., None]
    return by_parts(tensor, lambda parts: parts * factors)
