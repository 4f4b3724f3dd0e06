"""Inputs that are what the module's own parameters and buffers are, or nearly: a codebook's own codes, prototypes
along which an embedding points, learnt thresholds, edges of bins.

No random input is one of these, and there a difference cancels, a distance is zero, and ``>`` is not ``>=``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen

_NEAR = 2.0**-9
"""How far a row lies from one of the weights, beside its elements."""


def with_rows(model: torch.nn.Module, specimen: Specimen, seed: int) -> Specimen:
    """The rows of each floating input along the last dimension are, in turn, one of the weights' rows of that length,
    a multiple of one, and near one. Raises ``NoCase`` where no weight has such rows."""
    generator = torch.Generator().manual_seed(seed)
    weights = _floating(model)
    if not any(_rows_for(leaf, weights) for leaf in tree_leaves((specimen.args, specimen.kwargs))):
        raise NoCase("no parameter or buffer has rows as long as an input's")

    def change(leaf: Any) -> Any:
        fitting = _rows_for(leaf, weights)
        if not fitting:
            return leaf
        rows = leaf.reshape(-1, leaf.shape[-1]).clone()
        for number in range(len(rows)):
            of = fitting[number // 3 % len(fitting)].reshape(-1, leaf.shape[-1])
            row = of[int(torch.randint(len(of), (1,), generator=generator))].double()
            noise = torch.randn(row.shape, generator=generator, dtype=torch.float64)
            factor = 0.1 + 3 * float(torch.rand((), generator=generator))
            rows[number] = (row, row * factor, row * (1 + noise * _NEAR))[number % 3].to(leaf.dtype)
        return rows.reshape(leaf.shape)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_numbers(model: torch.nn.Module, specimen: Specimen, seed: int) -> Specimen:
    """Every other element of the floating inputs, at random, an element of one of the weights, each weight as often.
    Raises ``NoCase`` where there is none."""
    generator = torch.Generator().manual_seed(seed)
    weights = _floating(model)
    if not weights or not any(_is_meant(leaf) for leaf in tree_leaves((specimen.args, specimen.kwargs))):
        raise NoCase("the module has no floating parameter or buffer, or no floating input")

    def change(leaf: Any) -> Any:
        if not _is_meant(leaf):
            return leaf
        found = leaf.reshape(-1).clone()
        drawn = torch.randint(2 * len(weights), found.shape, generator=generator)
        for number, weight in enumerate(weights):
            places = (drawn == number).nonzero()[:, 0]
            of = torch.randint(weight.numel(), places.shape, generator=generator)
            found[places] = weight.reshape(-1)[of].to(leaf.dtype)
        return found.reshape(leaf.shape)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _floating(model: torch.nn.Module) -> list[torch.Tensor]:
    state = [*model.parameters(), *model.buffers()]
    return [weight.detach() for weight in state if _is_meant(weight) and weight.dtype.itemsize > 1]


def _rows_for(leaf: Any, weights: list[torch.Tensor]) -> list[torch.Tensor]:
    if not _is_meant(leaf) or not leaf.dim() or leaf.shape[-1] < 2:
        return []
    return [weight for weight in weights if weight.dim() and weight.shape[-1] == leaf.shape[-1]]


def _is_meant(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.numel() > 0
