"""Sizes that a trace took for equal where tensors are broadcast: ``Min(2, s0)`` and 2 are, of sizes of 2 or more.

``torch.export`` asks nothing where that settles it, and keeps no guard; at a size of 1 PyTorch spreads what lies there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy
import torch
from torch.utils._pytree import tree_leaves

from kernelagent.worker.capture.relations import Relation

_SPREAD = ("expand", "matmul", "bmm", "baddbmm")
"""Operators that broadcast, besides the pointwise ones."""
_INNER = {"matmul": 2, "bmm": 2, "baddbmm": 2}
"""Their last dimensions that are not broadcast."""


def broadcast_sizes(graph: torch.fx.Graph, example: Mapping[sympy.Symbol, int]) -> list[Any]:
    """An equation for each pair of sizes, of an operand and of a result, that are written otherwise and not said to be
    broadcast."""
    found: dict[Any, None] = {}
    for node in graph.nodes:
        for size, of_result in _pairs(node):
            equal = sympy.Eq(size, of_result)
            if size == 1 or equal in (sympy.true, sympy.false) or not equal.free_symbols <= set(example):
                continue
            if Relation(equal).holds(example, where_undefined=False):
                found[equal] = None
    return list(found)


def spread_sizes(graph: torch.fx.Graph, example: Mapping[sympy.Symbol, int]) -> list[Any]:
    """Sizes that are 1 for the example, and broadcast, but that are not written so: ``n - 1`` of an ``n`` of 2. What
    is made of the trace would take them for the result's."""
    found: dict[Any, None] = {}
    for node in graph.nodes:
        for size, of_result in _pairs(node):
            if size == of_result or size.is_Integer or not (size.free_symbols | of_result.free_symbols) <= set(example):
                continue
            values = (Relation(sympy.Eq(s, 1)).holds(example, where_undefined=False) for s in (size, of_result))
            if tuple(values) == (True, False):
                found[size] = None
    return list(found)


def _pairs(node: torch.fx.Node) -> Iterator[tuple[Any, Any]]:
    target, result = node.target, node.meta.get("val")
    if not isinstance(target, torch._ops.OpOverload) or not isinstance(result, torch.Tensor):
        return
    name = target.overloadpacket.__name__
    if torch.Tag.pointwise not in target.tags and name not in _SPREAD:
        return
    inner = _INNER.get(name, 0)
    for leaf in tree_leaves((node.args, node.kwargs)):
        operand = leaf.meta.get("val") if isinstance(leaf, torch.fx.Node) else None
        if isinstance(operand, torch.Tensor) and operand.dim() >= inner:
            sizes = [_expression(s) for s in operand.shape]
            wanted = [_expression(s) for s in result.shape]
            stop = len(sizes) - inner, len(wanted) - inner
            yield from zip(reversed(sizes[: stop[0]]), reversed(wanted[: max(stop[1], 0)]), strict=False)


def _expression(value: Any) -> Any:
    return value.node.expr if isinstance(value, torch.SymInt) else sympy.Integer(value)
