"""Products with a long inner dimension and few results: cut along it, so that there are programs enough for a GPU.

Each part's sums go to memory, and a reduction adds them in a fixed order: the same numbers every time, without atomics.
"""

from __future__ import annotations

import math
from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extent
from kernelagent.worker.synth.index import FloorDiv, at_sizes, dim, product
from kernelagent.worker.synth.ir import Condition, Contract, Map, Op, Reduce, operands
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.lowering.views import identity, permuted, reshaped

PROCESSORS = 132
"""Of an H100: with fewer programs than these, part of it idles."""
TILE = 64
"""Rows and columns that a program takes of a small product."""
SHORTEST = 512
"""Inner dimension that is worth a program of its own; with fewer than ``FEWEST`` of them the launch of the reduction
costs more than they save."""
FEWEST = 4


def parts_of(b: Builder, a: Value, c: Value) -> int:
    """Into how many parts ``a @ c`` (rows by inner, inner by columns) is best cut, at the example's sizes; 1: none."""
    rows, inner, columns = (
        at_sizes(product(list(sizes)), b.hints) for sizes in (a.shape[:-1], a.shape[-1:], c.shape[1:])
    )
    tiles = math.ceil(rows / TILE) * math.ceil(columns / TILE)
    if tiles * 2 > PROCESSORS or inner < FEWEST * SHORTEST or not dtypes.is_float(a.dtype) or _is_softmax(a.op):
        return 1
    parts = min(2 * PROCESSORS // tiles, inner // SHORTEST)
    while parts > 1 and 2 * parts * rows * columns > (rows + columns) * inner:
        parts //= 2  # the sums that go through memory would be more than what is multiplied
    return 1 << (parts.bit_length() - 1) if parts > 1 else 1


def product_in_parts(b: Builder, a: Value, c: Value, parts: int) -> Value:
    """``a @ c`` as the sum of ``parts`` products."""
    inner = a.shape[-1]
    length = extent(FloorDiv(inner + parts - 1, parts)) if not inner.is_Integer else math.ceil(int(inner) / parts)
    left = cut_in_parts(b, a, a.rank - 1, parts, length)
    right = cut_in_parts(b, c, 0, parts, length)
    left = permuted(left, (a.rank - 1, *range(a.rank - 1), a.rank))
    kind = dtypes.register(a.dtype)
    sums = b.named(b.contract(left, right, 1, a.rank - 1, 1, 1, kind, multiplied=a.dtype), "parts")
    return b.cast(b.reduce("sum", sums, (0,)), a.dtype)


def cut_in_parts(b: Builder, value: Value, axis: int, parts: int, length: Any) -> Value:
    """``axis`` as two, ``parts`` by ``length``; zero where they are more than it has."""
    whole = value.shape[axis]
    shape = (*value.shape[:axis], parts, length, *value.shape[axis + 1 :])
    if whole.is_Integer and int(whole) == parts * length:
        return reshaped(value, shape)
    at = dim(axis) * length + dim(axis + 1)
    after = [dim(i + 1) if s != 1 else 0 for i, s in enumerate(value.shape) if i > axis]
    index = [*identity(value.shape)[:axis], at, *after]
    return b.guarded(shape, [Condition(at, None, whole)], value, index, 0)


def _is_softmax(op: Op) -> bool:
    """Whether it is made of a product by way of a maximum: the weights of an attention, which is better left whole."""
    stack, seen, peaked, multiplied = [op], {op}, False, False
    while stack:
        made = stack.pop()
        peaked = peaked or (isinstance(made, Reduce) and made.fn == "max")
        multiplied = multiplied or isinstance(made, Contract)
        if isinstance(made, (Map, Reduce)):
            inner = {o.op for o in operands(made)} - seen
            seen |= inner
            stack += inner
    return peaked and multiplied
