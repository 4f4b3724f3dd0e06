"""A sample of what a call gave, small enough to keep, and how far two samples of the same places differ."""

from __future__ import annotations

from typing import Any

import torch

from kernelagent.worker.problem.tensors import tensors_in

MOST = 1 << 18
"""Elements of each output."""
_SEED = 20_261
_TOLERANCE = 2e-2
"""Relative to an element and to the output's root mean square: whether it's the same answer, not how exact it is. That
was judged before, with no clock running."""


def sample(value: Any) -> list[torch.Tensor]:
    """Elements at places drawn at random, the same in every process, of each tensor in ``value``; on the CPU."""
    generator = torch.Generator().manual_seed(_SEED)
    found = []
    for _, leaf in tensors_in(value):
        flat = leaf.detach().reshape(-1)
        if flat.numel() > MOST:
            flat = flat[torch.randint(flat.numel(), (MOST,), generator=generator).to(flat.device)]
        found.append(flat.cpu().clone())
    return found


def share_off(expected: list[torch.Tensor], found: list[torch.Tensor]) -> float:
    """The share of sampled elements that are not the same answer; 1 where number or sizes of outputs differ."""
    if [t.shape for t in expected] != [t.shape for t in found]:
        return 1.0
    off = total = 0
    for one, other in zip(expected, found, strict=True):
        total += one.numel()
        if not (one.is_floating_point() or one.is_complex()):
            off += int((one != other.to(one.dtype)).sum())
            continue
        wide = torch.complex128 if one.is_complex() else torch.float64
        right, given = one.to(wide), other.to(wide)
        finite = right.isfinite()
        scale = right[finite].abs().square().mean().sqrt() if finite.any() else torch.zeros((), dtype=torch.float64)
        near = right.isfinite() & ((right - given).abs() <= _TOLERANCE * (right.abs() + scale))
        same = near | (right == given) | (right.isnan() & given.isnan())
        off += int((~same).sum())
    return off / max(total, 1)
