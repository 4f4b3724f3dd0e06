"""Sorting and what is picked by rank: ``sort``, ``topk``, ``kthvalue``, ``median``.

An element's rank is the number of elements before it, counted: n² comparisons for a row of n, all independent, with no
exchange between lanes. What stands at place k is the one element of rank k. Equal elements keep their order.
"""

from __future__ import annotations

from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.index import ZERO, floor_div
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.gathers import gather
from kernelagent.worker.synth.lowering.reductions import extremum, reduced
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, viewed
from kernelagent.worker.synth.lowering.views import identity, reshaped, without_axes


def ranks(b: Builder, value: Value, axis: int, descending: bool) -> Value:
    """For each element how many of its row come before it; NaN counts as the largest, as in PyTorch."""
    shape = (*value.shape, value.shape[axis])
    there = identity(shape)[:-1]
    there[axis] = identity(shape)[-1]
    one, other = viewed(value, identity(shape)[:-1], shape), viewed(value, there, shape)
    earlier = b.inside(shape, (_before(index_dim(value.rank), index_dim(axis)),))
    first, second = (one, other) if descending else (other, one)
    before, same = b.compare("lt", first, second), b.compare("eq", one, other)
    if dtypes.is_float(value.dtype):
        unordered = [b.compare("ne", v, v) for v in (first, second)]
        before = b.map("or", before, b.map("and", b.map("logical_not", unordered[0], dtype="bool"), unordered[1]))
        same = b.map("or", same, b.map("and", *unordered))
    found = b.map("or", before, b.map("and", same, earlier))
    return b.named(reduced(b, "sum", b.cast(found, "int32"), (value.rank,), False), "rank")


def _before(here: Any, there: Any) -> Condition:
    return Condition(sympy.expand(here - there), None, ZERO)


def standing_at(b: Builder, ranked: Value, axis: int, count: Any, first: Any = 0) -> Value:
    """Positions along ``axis`` of the elements with the ranks from ``first`` on, ``count`` of them."""
    size = ranked.shape[axis]
    shape = (*ranked.shape[:axis], count, *ranked.shape[axis + 1 :], size)
    place = identity(shape)[:-1]
    wanted = b.constant(sympy.expand((ZERO if count == 1 else index_dim(axis)) + first), "int32", shape)
    place[axis] = identity(shape)[-1]
    hit = b.compare("eq", viewed(ranked, place, shape), wanted)
    here = b.constant(identity(shape)[-1], "int64", shape)
    return b.named(reduced(b, "sum", b.choose(hit, here, 0, dtype="int64"), (ranked.rank,), False), "place")


@lowers("sort")
def sort(b: Builder, self: Value, dim: int = -1, descending: bool = False, stable: Any = None) -> tuple[Value, Value]:
    if not self.rank:
        return self, b.filled(0, (), "int64")
    axis = self.axis(dim)
    places = standing_at(b, ranks(b, self, axis, descending), axis, self.shape[axis])
    return gather(b, self, axis, places), places


@lowers("topk")
def topk(
    b: Builder, self: Value, k: Any, dim: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[Value, Value]:
    if not self.rank:
        return self, b.filled(0, (), "int64")
    axis = self.axis(dim)
    places = standing_at(b, ranks(b, self, axis, largest), axis, sympy.sympify(k))
    return gather(b, self, axis, places), places


@lowers("kthvalue")
def kthvalue(b: Builder, self: Value, k: Any, dim: int = -1, keepdim: bool = False) -> tuple[Value, Value]:
    if not self.rank:
        return self, b.filled(0, (), "int64")
    axis = self.axis(dim)
    return _single(b, self, axis, standing_at(b, ranks(b, self, axis, False), axis, 1, sympy.sympify(k) - 1), keepdim)


@lowers("median")
def median(b: Builder, self: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower one of two in the middle; the first NaN where there is one."""
    if dim is None:
        return median(b, reshaped(self, (self_count(b, self),)), 0, False)[0]
    if not self.rank:
        return self, b.filled(0, (), "int64")
    axis = self.axis(dim)
    middle = floor_div(self.shape[axis] - 1, sympy.Integer(2), {})
    places = standing_at(b, ranks(b, self, axis, False), axis, 1, middle)
    if dtypes.is_float(self.dtype):
        unordered = b.compare("ne", self, self)
        here = b.constant(identity(self.shape)[axis], "int64", self.shape)
        size = b.count(self, (axis,))
        none = int(size) if size.is_Integer else b.constant(size, "int64")
        first = extremum(b, "min", b.choose(unordered, here, none, dtype="int64"), (axis,), True)
        places = b.choose(b.compare("lt", first, none), first, places, dtype="int64")
    return _single(b, self, axis, places, keepdim)


def self_count(b: Builder, value: Value) -> Any:
    return b.count(value, range(value.rank))


def _single(b: Builder, value: Value, axis: int, places: Value, keepdim: bool) -> tuple[Value, Value]:
    found = gather(b, value, axis, places)
    return (found, places) if keepdim else (without_axes(found, (axis,)), without_axes(places, (axis,)))
