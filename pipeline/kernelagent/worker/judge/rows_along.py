"""Inputs whose rows along one dimension are each made to a plan of its own: where such a row lies, and at what sizes
there is room for one.

What differs from row to row differs along one dimension alone, so that all features of a step are of one plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.case_sizes import Sizes, elements
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.sizes import fit, shape_at

LEAST_STEPS, WANTED_STEPS = 8, 64
_MOST_DIMS, _WANTED_ROWS = 2, 8
_CHEAP = 1 << 15
"""Elements of inputs and outputs, up to which sizes are made larger."""
_FLOATS = ("float", "bfloat")

Change = Callable[[torch.Tensor, torch.Generator], torch.Tensor]
"""Of a tensor of rows, by the first dimension, along the last; gives one of its shape."""


def places_of_rows(
    problem: Problem, small: Sizes, wanted_steps: int = WANTED_STEPS, wanted_rows: int = _WANTED_ROWS
) -> Iterator[tuple[Sizes, int, int]]:
    """Sizes, the dimension along which rows lie, counted from the end of the floating input with the most of them, and
    how many plans there are rows for: along the two longest that have room, with free sizes made larger where that is
    cheap."""
    specs = [spec for spec in problem.inputs if spec.dtype.startswith(_FLOATS) and spec.shape]
    spec = max(specs, key=lambda one: len(one.shape), default=None)
    if spec is None:
        return
    dims = range(-len(spec.shape), 0)
    found: dict[int, tuple[Sizes, tuple[int, ...]]] = {}
    for along in dims:
        wanted = [wanted_rows] * len(dims)
        wanted[along] = wanted_steps
        by_symbol = dict(zip(spec.dims, wanted, strict=True)) if len(spec.dims) == len(dims) else {}
        grown = {f.symbol: fit(f, max(small[f.symbol], by_symbol.get(f.symbol, 0))) for f in problem.free_sizes}
        sizes = grown if elements(problem, grown) <= _CHEAP else small
        found[along] = sizes, shape_at(spec, sizes)
    for along in sorted(found, key=lambda dim: -found[dim][1][dim])[:_MOST_DIMS]:
        sizes, shape = found[along]
        if shape[along] >= LEAST_STEPS:
            others = [n for dim, n in zip(dims, shape, strict=True) if dim != along]
            yield sizes, along, others[0] if others else 1


def longest_along(specimen: Specimen, along: int) -> int:
    """Steps of rows along that dimension of the floating input with the most of them. Raises ``NoCase`` where there are
    too few."""
    tensors = [leaf for leaf in tree_leaves((specimen.args, specimen.kwargs)) if _is_of_floats(leaf)]
    widest = max(tensors, key=torch.Tensor.dim, default=None)
    if widest is None or widest.dim() < -along or widest.shape[along] < LEAST_STEPS:
        raise NoCase("no input has room for runs")
    return int(widest.shape[along])


def with_rows(specimen: Specimen, along: int, seed: int, change: Change) -> Specimen:
    """``specimen`` with its floats changed along that dimension; other inputs have it where their first dimension of
    that size is."""
    length = longest_along(specimen, along)
    generator = torch.Generator().manual_seed(seed)

    def changed(leaf: Any) -> Any:
        if not _is_of_floats(leaf) or length not in leaf.shape:
            return leaf
        has_it = leaf.dim() >= -along and leaf.shape[along] == length
        dim = along if has_it else list(leaf.shape).index(length)
        found = change(leaf.movedim(dim, -1), generator)
        return found.to(leaf.dtype).movedim(-1, dim).contiguous()

    args, kwargs = tree_map(changed, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def by_row(plans: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """``plans``, (rows, steps), in the shape of ``like``, whose first dimension goes through the rows."""
    if like.dim() == 1:
        return plans[0]
    return plans.reshape(plans.shape[0], *(1 for _ in like.shape[1:-1]), plans.shape[1]).expand(like.shape)


def row_count(moved: torch.Tensor) -> int:
    return moved.shape[0] if moved.dim() > 1 else 1


def _is_of_floats(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.dim() > 0 and leaf.numel() > 0
