"""Writing at positions that are values: ``scatter``, ``scatter_add``, ``index_put``, assignment to steps and masks.

Turned around, every element of the result asks which of the sources are meant for it, and takes their sum, their
product, or the last of them. That is a reduction like any other: no atomics, the same result every time, fused with
what reads it; its price is one comparison for each pair of element and source along the indexed dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import ZERO, Loaded, NodeSymbol, product
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.reductions import reduced
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, broadcast_index, broadcast_shapes, read_at, viewed
from kernelagent.worker.synth.lowering.views import identity, reshaped

_REDUCTIONS = {"sum": "sum", "add": "sum", "prod": "prod", "multiply": "prod", "amax": "max", "amin": "min"}


class _Sources:
    """Which of the sources, numbered along a last dimension, each element of the result is meant to get."""

    def __init__(self, b: Builder, target: Value, hit: Value, source: Value):
        self._b, self._target = b, target
        self._hit = hit
        """bool, of the target's shape and the number of sources"""
        self._source = source
        """of the same shape: a view, or a number spread over it"""

    def joined(self, fn: str, include_target: bool) -> Value:
        """The target joined with all of them by ``fn``."""
        b, target = self._b, self._target
        wide = target.dtype if dtypes.is_float(target.dtype) or fn in ("max", "min") else "int64"
        value = b.cast(self._source, wide)
        found = reduced(b, fn, b.choose(self._hit, value, _neutral(fn, wide), dtype=wide), (target.rank,), False)
        name = {"sum": "add", "prod": "mul", "max": "maximum", "min": "minimum"}[fn]
        joined = b.cast(b.map(name, b.cast(target, wide), found), target.dtype)
        if include_target:
            return joined
        any_hit = reduced(b, "max", b.cast(self._hit, "int32"), (target.rank,), False)
        return b.choose(b.compare("gt", any_hit, 0), b.cast(found, target.dtype), target, dtype=target.dtype)

    def last(self) -> Value:
        """The last of them in place of the target, where there is any."""
        b, target = self._b, self._target
        shape = self._hit.shape
        here = b.constant(index_dim(target.rank) if shape[-1] != 1 else ZERO, "int64", shape)
        place = b.named(
            reduced(b, "max", b.choose(self._hit, here, -1, dtype="int64"), (target.rank,), False), "source"
        )
        operand = read_at(place, identity(target.shape), target.shape)
        number = Loaded(NodeSymbol(operand.op), *operand.index)
        index = (*identity(target.shape), number)
        source = b.cast(self._source, target.dtype)
        return b.guarded(target.shape, (Condition(number, ZERO, shape[-1]),), source, index, target)


def _neutral(fn: str, dtype: str) -> Any:
    if fn in ("sum", "prod"):
        return 0 if fn == "sum" else 1
    if dtypes.is_float(dtype):
        return float("-inf") if fn == "max" else float("inf")
    if dtype in ("bool", "uint8"):
        return 0 if fn == "max" else (1 if dtype == "bool" else 255)
    top = 1 << (8 * int(dtype.removeprefix("int")) // 8 - 1)
    return -top if fn == "max" else top - 1


def _along(b: Builder, self: Value, dim: int, index: Value, src: Any) -> _Sources:
    """Sources of ``scatter``: for each element those along ``dim``, in the row of the same other indices."""
    axis = self.axis(dim)
    shape = extents((*self.shape, index.shape[axis]))
    dims = identity(shape)
    place = [*dims[:axis], dims[-1], *dims[axis + 1 : -1]]
    conditions = [
        Condition(dims[a], None, index.shape[a]) for a in range(self.rank) if a != axis and index.shape[a] != shape[a]
    ]
    wide = b.cast(index, "int64")
    meant = b.guarded(shape, conditions, wide, place, -1) if conditions else viewed(wide, place, shape)
    hit = b.compare("eq", meant, b.constant(dims[axis], "int64", shape))
    if not isinstance(src, Value):
        return _Sources(b, self, hit, b.filled(src, shape, self.dtype))
    source = b.guarded(shape, conditions, src, place, 0) if conditions else viewed(src, place, shape)
    return _Sources(b, self, hit, source)


@lowers("scatter")
def scatter(
    b: Builder, self: Value, dim: int, index: Value, src: Any = None, value: Any = None, reduce: str | None = None
) -> Value:
    if not self.rank or not index.rank:
        raise ValueError("scatter into a tensor of no dimensions")
    sources = _along(b, self, dim, index, value if src is None else src)
    return sources.last() if reduce is None else sources.joined(_REDUCTIONS[reduce], True)


@lowers("scatter_add")
def scatter_add(b: Builder, self: Value, dim: int, index: Value, src: Value) -> Value:
    return scatter(b, self, dim, index, src, None, "add")


@lowers("scatter_reduce")
def scatter_reduce(
    b: Builder, self: Value, dim: int, index: Value, src: Value, reduce: str, include_self: bool = True
) -> Value:
    if reduce not in _REDUCTIONS or not self.rank or not index.rank:
        raise ValueError(f"scatter_reduce by {reduce}")
    return _along(b, self, dim, index, src).joined(_REDUCTIONS[reduce], include_self)


@lowers("index_put", "_unsafe_index_put")
def index_put(
    b: Builder, self: Value, indices: Sequence[Value | None], values: Value, accumulate: bool = False
) -> Value:
    """``self[i, :, j] = values``, or ``+=``."""
    given = [index for index in indices if index is not None]
    if any(index.dtype == "bool" for index in given):
        return _by_mask(b, self, indices, values, accumulate)
    axes = [axis for axis, index in enumerate(indices) if index is not None]
    common = broadcast_shapes([index.shape for index in given])
    first = axes[0] if axes == list(range(axes[0], axes[-1] + 1)) else 0
    rest = [a for a in range(self.rank) if a not in axes]
    selected = (*(self.shape[a] for a in rest[:first]), *common, *(self.shape[a] for a in rest[first:]))
    count = product(common)
    spread = viewed(values, broadcast_index(values.shape, selected), selected)
    flat = reshaped(spread, (*selected[:first], count, *selected[first + len(common) :]))
    shape = extents((*self.shape, count))
    dims = identity(shape)
    hit = None
    for axis, index in zip(axes, given, strict=True):
        wide = b.cast(index, "int64")
        size = self.shape[axis]
        end = int(size) if size.is_Integer else b.constant(size, "int64")
        wide = b.choose(b.compare("lt", wide, 0), b.map("add", wide, end), wide, dtype="int64")
        line = reshaped(viewed(wide, broadcast_index(index.shape, common), common), (count,))
        meant = viewed(line, (dims[-1],), shape)
        same = b.compare("eq", meant, b.constant(dims[axis], "int64", shape))
        hit = same if hit is None else b.map("and", hit, same)
    assert hit is not None
    others = iter([dims[a] for a in rest])
    place = [next(others) for _ in rest[:first]] + [dims[-1]] + list(others)
    sources = _Sources(b, self, hit, viewed(flat, place, shape))
    return sources.joined("sum", True) if accumulate else sources.last()


def _by_mask(b: Builder, self: Value, indices: Sequence[Value | None], values: Value, accumulate: bool) -> Value:
    """``self[mask] = number``: how many elements are meant does not matter when all get the same."""
    mask = indices[0]
    if mask is None or len([i for i in indices if i is not None]) != 1 or product(values.shape) != 1:
        raise ValueError("assignment of several values to what a mask selects: their number depends on values")
    inside = viewed(mask, identity(self.shape)[: mask.rank], self.shape)
    number = reshaped(values, ())
    new = b.map("add", self, number) if accumulate else number
    return b.choose(inside, b.cast(new, self.dtype), self, dtype=self.dtype)
