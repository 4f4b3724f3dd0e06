"""Where the ends of slices lie: ``x[:7]`` has seven elements only of a dimension of seven or more.

``torch.export`` takes every size for 2 or more, so that of ``x[:2]``, or of ``x.flatten()[:7]`` for three dimensions,
it asks nothing and keeps no guard. What is said here is what the lengths that it found rest on, at any size.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import sympy
import torch

from kernelagent.worker.capture.relations import Relation


def slice_ends(graph: torch.fx.Graph, example: Mapping[sympy.Symbol, int]) -> list[Any]:
    """For each end of each slice the inequality by which it lies within its dimension, or beyond it, as it does for the
    sizes of ``example``; none where that is so for any size."""
    found: dict[Any, None] = {}
    for node in graph.nodes:
        if node.target is not torch.ops.aten.slice.Tensor:
            continue
        for size, end in _ends(node):
            within = sympy.Ge(size, end if end.is_nonnegative else sympy.Abs(end))
            if within in (sympy.true, sympy.false) or not within.free_symbols <= set(example):
                continue
            found[within if Relation(within).holds(example, where_undefined=True) else sympy.Not(within)] = None
    return list(found)


def _ends(node: torch.fx.Node) -> Iterator[tuple[Any, Any]]:
    """The sliced dimension's size and each end that is said of it; a negative end counts from behind."""
    source, dim, start, end = (*node.args, *(None,) * 4)[:4]
    size = _expression(source.meta["val"].shape[dim or 0])  # type: ignore[union-attr]
    for given in (start, end):
        value = given.meta.get("val") if isinstance(given, torch.fx.Node) else given
        if value is not None and not (isinstance(value, int) and value == sys.maxsize):
            yield size, _expression(value)


def _expression(value: Any) -> Any:
    return value.node.expr if isinstance(value, torch.SymInt) else sympy.Integer(value)
