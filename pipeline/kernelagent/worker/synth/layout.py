"""In which order the dimensions of a value lie in memory between two kernels: as products that read it go over it.

The heads of an attention are joined by the projection behind it: with heads beside features each row that it reads is
a run of memory, and its addresses need no division. The last dimension stays the last, so that stores stay in runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth.index import (
    FloorDiv,
    Index,
    Modulo,
    contiguous_strides,
    dim,
    product,
    substitute,
    unravel,
)
from kernelagent.worker.synth.ir import Buffer, Contract, Op, Operand, operands
from kernelagent.worker.synth.plan import Kernel, Plan

_ROW, _COLUMN, _INNER, _BATCH = (sympy.Symbol(n, integer=True, nonnegative=True) for n in ("row", "col", "inner", "b"))
MOST = 5
"""Dimensions of values whose orders are tried."""


def lay_out_between(plan: Plan, outputs: Sequence[Op]) -> None:
    """Gives stored values that only kernels read other strides where that makes products' addresses simpler."""
    if plan.loops:
        return  # what a loop hands on keeps its place
    reads: dict[Op, list[tuple[Index, Mapping[Any, Any]]]] = {}
    for kernel in plan.kernels:
        if kernel.kind == "contraction":
            for op, index, ranges in _reads(kernel, plan):
                reads.setdefault(op, []).append((index, ranges))
    for op, places in reads.items():
        buffer = plan.storage[op]
        if op in outputs or not 3 <= len(buffer.shape) <= MOST:
            continue
        plain = contiguous_strides(buffer.shape)
        costs = {plain: sum(_cost(index, plain, ranges) for index, ranges in places)}
        for order in itertools.permutations(range(len(buffer.shape) - 1)) if costs[plain] else ():
            strides = _strides(buffer.shape, (*order, len(buffer.shape) - 1))
            costs.setdefault(strides, sum(_cost(index, strides, ranges) for index, ranges in places))
        buffer.strides = min(costs, key=lambda s: costs[s])


def _reads(kernel: Kernel, plan: Plan) -> Iterator[tuple[Op, Index, Mapping[Any, Any]]]:
    """Values of other kernels that the sides of a product are made of, with the index over rows, columns and inner."""
    made = kernel.heavies[0]
    assert isinstance(made, Contract)
    parts = ((_BATCH, made.batch), (_ROW, made.rows), (_COLUMN, made.columns), (_INNER, made.inner))
    ranges = {symbol: product(shape) for symbol, shape in parts}
    domain = [e for symbol, shape in parts for e in unravel(symbol, shape, ranges)]
    mapping = {dim(i): e for i, e in enumerate(domain)}
    stack = [(made.a, mapping), (made.b, mapping)]
    while stack:
        operand, where = stack.pop()
        index = tuple(substitute(e, where, ranges) for e in operand.index)
        if plan.is_loaded(operand.op, kernel):
            yield operand.op, index, ranges
        elif not isinstance(operand.op, Buffer):
            inner = {dim(i): e for i, e in enumerate(index)}
            stack += [(o, inner) for o in operands(operand.op) if isinstance(o, Operand)]


def _cost(index: Index, strides: Sequence[Any], ranges: Mapping[Any, Any]) -> int:
    """Divisions in an address, and whether it goes along the inner dimension element after element."""
    flat = substitute(sympy.Add(*(i * s for i, s in zip(index, strides, strict=True))), {}, ranges)
    return len(flat.atoms(FloorDiv, Modulo)) + int(flat.coeff(_INNER) != 1)


def _strides(shape: Index, order: Sequence[int]) -> Index:
    lying = contiguous_strides([shape[i] for i in order])
    return tuple(lying[order.index(i)] for i in range(len(shape)))
