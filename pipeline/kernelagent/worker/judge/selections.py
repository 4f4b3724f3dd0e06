"""Indices that say where values of an input come from: among equal values any will do, but not any number.

``topk`` and an unstable ``sort`` leave open which of several equal values an index names. Whichever it is, the input's
value there is the same; and where no index comes twice along the dimension, none may.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Selection:
    """What an output of integers selects from an input, along ``dim``."""

    values: torch.Tensor
    """The input."""
    dim: int
    selected: torch.Tensor
    """``values.gather(dim, indices)``, of the indices' shape."""
    distinct: bool
    in_any_order: bool = False
    """What is selected is told in ascending order along ``dim``."""

    def wrong(self, indices: torch.Tensor) -> torch.Tensor:
        """bool, of the indices' shape: those that name another value, or one that was named already."""
        size = self.values.shape[self.dim]
        outside = (indices < 0) | (indices >= size)
        found = self.values.gather(self.dim, indices.long().clamp(0, size - 1))
        found = found.sort(self.dim).values if self.in_any_order else found
        wrong = outside | ~_same(found, self.selected)
        return wrong | _again(indices, self.dim) if self.distinct else wrong


def selection(
    orders: Sequence[torch.Tensor], inputs: Iterable[torch.Tensor], in_any_order: bool = False
) -> Selection | None:
    """What all of ``orders``, indices that are equally right, select alike from one of ``inputs``; where they are
    ``in_any_order``, as a whole along a dimension."""
    first = orders[0]
    if first.is_floating_point() or first.is_complex() or first.dtype == torch.bool or not first.numel():
        return None
    for values in inputs:
        for dim in range(first.dim()):
            if _fits(first, values, dim) and all(_inside(o, values.shape[dim]) for o in orders):
                picked = [values.gather(dim, order.long()) for order in orders]
                picked = [p.sort(dim).values for p in picked] if in_any_order else picked
                if all(bool(_same(p, picked[0]).all()) for p in picked):
                    distinct = not any(bool(_again(order, dim).any()) for order in orders)
                    return Selection(values, dim, picked[0], distinct, in_any_order)
    return None


def _fits(indices: torch.Tensor, values: torch.Tensor, dim: int) -> bool:
    return indices.dim() == values.dim() and all(
        n == m for d, (n, m) in enumerate(zip(indices.shape, values.shape, strict=True)) if d != dim
    )


def _inside(indices: torch.Tensor, size: int) -> bool:
    return bool(((indices >= 0) & (indices < size)).all())


def _same(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return (one == other) | (one.isnan() & other.isnan())


def _again(indices: torch.Tensor, dim: int) -> torch.Tensor:
    """Which of them came before along ``dim``."""
    ordered, places = indices.sort(dim=dim, stable=True)
    repeated = torch.zeros_like(ordered, dtype=torch.bool)
    count = ordered.shape[dim]
    repeated.narrow(dim, 1, count - 1).copy_(ordered.narrow(dim, 1, count - 1) == ordered.narrow(dim, 0, count - 1))
    return torch.zeros_like(repeated).scatter_(dim, places, repeated)
