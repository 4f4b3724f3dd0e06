"""Integers and masks of each kind: at the ends of their types, counted from the end, in runs, 0 or left out."""

from __future__ import annotations

import torch

from kernelagent.worker.judge.value_kinds import Values

IGNORED = -100
"""The label that PyTorch's losses leave out unless told otherwise (``ignore_index``)."""


def in_runs(tensor: torch.Tensor) -> torch.Tensor:
    """Masks as padding and windows make them: in each row what holds lies together, at the one end, the other, in the
    middle, or all around it, and is of another length than in the next."""
    length = tensor.shape[-1]
    at = torch.arange(length)
    rows = torch.arange(tensor.numel() // max(length, 1))[:, None]
    cut = (rows * 3 % 5 + 2) * length // 8
    inside = (at >= cut // 2) & (at < length - cut // 2)
    kinds = (at < cut, at >= cut, inside, ~inside)
    found = torch.stack([kind.expand(len(rows), length) for kind in kinds]).gather(
        0, (rows % 4).expand(-1, length)[None]
    )
    return found[0].reshape(tensor.shape)


def masks(tensor: torch.Tensor, with_empty: bool) -> torch.Tensor:
    """The last slice along each dimension all true; ``with_empty``: and then the first one all false."""
    found = tensor.clone()
    for dim in range(tensor.dim()):
        if tensor.shape[dim] > 1 or tensor.dim() == 1:
            found.select(dim, -1).fill_(True)
    for dim in range(tensor.dim() - 1 if with_empty else 0):
        if tensor.shape[dim] > 1:
            found.select(dim, 0).fill_(False)
    has_one_row = tensor.dim() > 0 and tensor.numel() == tensor.shape[-1]
    return torch.zeros_like(found) if with_empty and has_one_row else found


def integers(tensor: torch.Tensor, values: Values, generator: torch.Generator) -> torch.Tensor:
    """Integers beyond the example's: large (past what floats or 32 bits hold; the type's ends among them), larger,
    counted from the end, some that losses ignore, or some that are 0 (``rows of``: and the first slice along each
    dimension)."""
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        return tensor
    if values == "negative integers":
        return -1 - tensor if torch.iinfo(tensor.dtype).min < 0 else tensor
    if values == "zeros in runs among integers":
        return torch.where(in_runs(tensor), 0, tensor) if tensor.dim() else tensor
    if values.endswith("zeros among integers"):
        zeros = torch.rand(tensor.shape, generator=generator) < 0.4
        zeros.reshape(-1)[-1:] = True
        for dim in range(tensor.dim() if values.startswith("rows") and tensor.dim() > 1 else 0):
            if tensor.shape[dim] > 1:
                zeros.select(dim, 0).fill_(True)
        return torch.where(zeros, 0, tensor)
    if values == "ignored integers":
        ignored = torch.rand(tensor.shape, generator=generator) < 0.25
        return torch.where(ignored, IGNORED, tensor) if torch.iinfo(tensor.dtype).min <= IGNORED else tensor
    limits = torch.iinfo(tensor.dtype)
    high = limits.max if limits.bits <= 32 else 1 << 62
    if values == "larger integers":
        high = min(high, 1 << 12)
    signed = bool((tensor < 0).any())
    low = high // 2 if values == "large integers" else -high if signed else 0  # of one sign: sums grow
    drawn = torch.randint(low, high, tensor.shape, generator=generator, dtype=torch.int64)
    if values == "large integers":
        ends = torch.tensor([limits.min if signed else 0, min(limits.max, 2**63 - 1)])
        at_end = torch.rand(tensor.shape, generator=generator) < 0.2
        drawn = torch.where(at_end, ends[torch.randint(2, tensor.shape, generator=generator)], drawn)
    return drawn.to(tensor.dtype)


def indices(tensor: torch.Tensor, end: int, generator: torch.Generator) -> torch.Tensor:
    """Integers from 0 to ``end - 1``, the last among them."""
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool or not tensor.numel():
        return tensor
    drawn = torch.randint(0, end, tensor.shape, generator=generator, dtype=torch.int64)
    drawn.reshape(-1)[int(torch.randint(tensor.numel(), (1,), generator=generator))] = end - 1
    return drawn.to(tensor.dtype)
