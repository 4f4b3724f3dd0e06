"""Sizes at which integers that a module adds up pass what float32 counts to.

Sums of products of 8-bit integers are exact in float32 below 2²⁴, which takes a thousand of the largest: a kernel that
adds them up in floats, and makes integers of them in the end, is right until then.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.case_sizes import Sizes
from kernelagent.worker.judge.integer_values import integers
from kernelagent.worker.judge.measured import Measure
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.sizes import fit

EXACT = 1 << 24
"""Float32 has every integer up to it."""
_FARTHEST = 1 << 20
_GROWS = 1.5
"""So much more at twice the size: a largest of more sums is hardly larger."""


def sizes_of_large_sums(problem: Problem, model: torch.nn.Module, sizes: Sizes) -> list[Measure]:
    """For each free size along which integers are added up to where sums of large ones are exact in float32; none where
    they pass that at ``sizes``, or the module's results are no integers, or it takes no large ones."""
    if not (_has_integers(problem.inputs) and _has_integers(problem.outputs)):
        return []
    first = _largest_sums(problem, model, sizes)
    if not first or max(first) > EXACT:
        return []
    found: dict[Measure, None] = {}
    for free in problem.free_sizes:
        size = sizes[free.symbol]
        more = fit(free, 2 * size + 1)
        second = _largest_sums(problem, model, sizes | {free.symbol: more})
        if more <= size or len(second) != len(first):
            continue
        for a, b in zip(first, second, strict=True):
            if b >= _GROWS * max(a, 1):
                reach = size + int((EXACT - a) * (more - size) / (b - a))
                if size <= reach <= _FARTHEST:
                    found[Measure(free.symbol, EXACT, reach)] = None
    return [*found]


def _has_integers(specs: Any) -> bool:
    return any(spec.dtype.startswith(("int", "uint")) for spec in specs)


def _largest_sums(problem: Problem, model: torch.nn.Module, sizes: Sizes) -> list[float]:
    generator = torch.Generator().manual_seed(1)
    made = make_inputs(problem, sizes, seed=1)

    def large(leaf: Any) -> Any:
        return integers(leaf, "large integers", generator) if isinstance(leaf, torch.Tensor) else leaf

    args, kwargs = tree_map(large, (made.args, made.kwargs))
    with _Sums() as sums, torch.no_grad():
        deep_copy(model)(*args, **kwargs)
    return sums.largest  # type: ignore[no-any-return]


class _Sums(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The largest number in each result of integers that is made of more than one element of other integers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.largest: list[float] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        given = [leaf for leaf in tree_leaves((args, kwargs or {})) if isinstance(leaf, torch.Tensor)]
        is_plain = func.is_view or torch.Tag.pointwise in func.tags
        if not is_plain and isinstance(result, torch.Tensor) and given and all(map(_is_integer, (result, *given))):
            self.largest.append(float(result.double().abs().max()) if result.numel() else 0.0)
        return result


def _is_integer(tensor: torch.Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool)
