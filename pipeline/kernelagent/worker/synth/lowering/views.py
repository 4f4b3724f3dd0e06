"""Views and rearrangements: each is a map from the view's index to the index of what it looks at. None copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth.dtypes import TENSOR, promote
from kernelagent.worker.synth.extents import extent, extents
from kernelagent.worker.synth.index import ONE, ZERO, floor_div, modulo, product, ravel, unravel
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, broadcast_index, ranges_of, read_at, viewed
from kernelagent.worker.synth.size_text import parse_size


def identity(shape: Sequence[Any]) -> list[Any]:
    return [ZERO if s == 1 else index_dim(i) for i, s in enumerate(shape)]


def reshaped(value: Value, shape: Sequence[Any]) -> Value:
    """The same elements in row-major order under another shape."""
    to = extents(shape)
    if to == value.shape:
        return value
    flat = ravel(identity(to), to)
    return viewed(value, unravel(flat, value.shape, ranges_of(to)), to)


def permuted(value: Value, order: Sequence[int]) -> Value:
    """``out[i] = value[...]`` with ``out``'s dimension ``k`` being ``value``'s ``order[k]``."""
    shape = tuple(value.shape[o] for o in order)
    index = [ZERO] * value.rank
    for position, source in enumerate(order):
        index[source] = index_dim(position) if shape[position] != 1 else ZERO
    return viewed(value, index, shape)


@lowers("view", "reshape", "_unsafe_view")
def view(b: Builder, self: Value, size: Any = None, shape: Any = None) -> Value:
    return reshaped(self, [parse_size(s) for s in b.node.shape])


@lowers("flatten")
def flatten(b: Builder, self: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    start, end = self.axis(start_dim), self.axis(end_dim)
    return reshaped(self, (*self.shape[:start], product(self.shape[start : end + 1]), *self.shape[end + 1 :]))


@lowers("unflatten")
def unflatten(b: Builder, self: Value, dim: int, sizes: Any) -> Value:
    return reshaped(self, [parse_size(s) for s in b.node.shape])


@lowers("permute")
def permute(b: Builder, self: Value, dims: Sequence[int]) -> Value:
    return permuted(self, [self.axis(d) for d in dims])


@lowers("transpose")
def transpose(b: Builder, self: Value, dim0: int, dim1: int) -> Value:
    if not self.rank:
        return self
    order = list(range(self.rank))
    first, second = self.axis(dim0), self.axis(dim1)
    order[first], order[second] = order[second], order[first]
    return permuted(self, order)


@lowers("t", "numpy_T", "mT")
def t(b: Builder, self: Value) -> Value:
    if self.rank < 2:
        return self
    return permuted(self, [*range(self.rank - 2), self.rank - 1, self.rank - 2])


@lowers("expand")
def expand(b: Builder, self: Value, size: Sequence[Any], implicit: bool = False) -> Value:
    wanted = [sympy.sympify(s) for s in size]
    offset = len(wanted) - self.rank
    shape = [self.shape[i - offset] if i >= offset and s == -1 else s for i, s in enumerate(wanted)]
    return viewed(self, broadcast_index(self.shape, shape), shape)


@lowers("unsqueeze")
def unsqueeze(b: Builder, self: Value, dim: int) -> Value:
    at = dim % (self.rank + 1)
    return reinserted(self, (at,))


def reinserted(value: Value, axes: Sequence[int]) -> Value:
    """``value`` with sizes of 1 put in so that they stand at ``axes`` of the result."""
    rank = value.rank + len(axes)
    rest = iter(value.shape)
    shape = tuple(ONE if i in axes else next(rest) for i in range(rank))
    index = [index_dim(i) if shape[i] != 1 else ZERO for i in range(rank) if i not in axes]
    return viewed(value, index, shape)


@lowers("squeeze")
def squeeze(b: Builder, self: Value, dim: Any = None) -> Value:
    if not self.rank:
        return self
    axes = range(self.rank) if dim is None else [self.axis(d) for d in (dim if isinstance(dim, list) else [dim])]
    return without_axes(self, [a for a in axes if self.shape[a] == 1])


def without_axes(value: Value, axes: Sequence[int]) -> Value:
    """Drop dimensions of size 1."""
    kept = [i for i in range(value.rank) if i not in axes]
    shape = tuple(value.shape[i] for i in kept)
    place = {source: position for position, source in enumerate(kept)}
    index = [index_dim(place[i]) if i in place and value.shape[i] != 1 else ZERO for i in range(value.rank)]
    return viewed(value, index, shape)


@lowers("slice")
def slice_(b: Builder, self: Value, dim: int = 0, start: Any = None, end: Any = None, step: Any = 1) -> Value:
    axis = self.axis(dim)
    traced = extents([parse_size(size) for size in b.node.shape])
    return sliced(self, axis, start, end, int(step), traced[axis] if len(traced) == self.rank else None)


def sliced(value: Value, axis: int, start: Any, end: Any, step: int, traced: Any | None = None) -> Value:
    """``traced`` is the length that PyTorch found: bounds may lie beyond the dimension, which then ends the slice."""
    size = value.shape[axis]
    first = _bound(ZERO if start is None else start, size)
    last = size if end is None else _bound(end, size)
    length = sympy.expand(last - first)
    if step != 1:
        length = floor_div(length + step - 1, sympy.Integer(step), {})
    if traced is not None and length != traced:
        length = traced
        if step == 1 and sympy.sympify(start or 0).is_negative:
            first = ZERO if traced == size else sympy.expand(last - traced)
    shape = (*value.shape[:axis], length, *value.shape[axis + 1 :])
    index = identity(shape)
    index[axis] = index[axis] * step + first
    return viewed(value, index, shape)


def _bound(given: Any, size: Any) -> Any:
    """A slice bound as Python clips it; exact where sizes are numbers or the bound is a size itself."""
    bound = sympy.sympify(given)
    if bound.is_Integer and int(bound) >= 2**31:
        return size
    if bound.is_Integer and size.is_Integer:
        position = int(bound) + int(size) if bound < 0 else int(bound)
        return sympy.Integer(min(max(position, 0), int(size)))
    if bound.is_Integer and bound < 0:
        return sympy.expand(size + bound)
    return bound


@lowers("select")
def select(b: Builder, self: Value, dim: int, index: Any) -> Value:
    axis = self.axis(dim)
    position = sympy.sympify(index)
    if position.is_Integer and position < 0:
        position = sympy.expand(self.shape[axis] + position)
    one = sliced(self, axis, position, position + 1, 1)
    return without_axes(one, [axis])


@lowers("split", "split_with_sizes")
def split(b: Builder, self: Value, split_size: Any = None, dim: int = 0, split_sizes: Any = None) -> tuple[Value, ...]:
    axis = self.axis(dim)
    sizes = extents([parse_size(shape[axis]) for shape in b.node.shapes])
    pieces, start = [], sympy.Integer(0)
    for size in sizes:
        end = sympy.expand(start + size)
        pieces.append(sliced(self, axis, start, end, 1))
        start = end
    return tuple(pieces)


@lowers("chunk")
def chunk(b: Builder, self: Value, chunks: int, dim: int = 0) -> tuple[Value, ...]:
    return split(b, self, None, dim)


@lowers("unbind")
def unbind(b: Builder, self: Value, dim: int = 0) -> tuple[Value, ...]:
    return tuple(select(b, self, dim, i) for i in range(len(b.node.shapes)))


@lowers("diagonal")
def diagonal(b: Builder, self: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    first, second = self.axis(dim1), self.axis(dim2)
    rows, columns = self.shape[first], self.shape[second]
    length = sympy.Min(rows + min(offset, 0), columns - max(offset, 0))
    kept = [i for i in range(self.rank) if i not in (first, second)]
    shape = (*(self.shape[i] for i in kept), length)
    index: list[Any] = [ZERO] * self.rank
    for position, source in enumerate(kept):
        index[source] = index_dim(position) if self.shape[source] != 1 else ZERO
    along = index_dim(len(kept))
    index[first], index[second] = along - min(offset, 0), along + max(offset, 0)
    return viewed(self, index, shape)


@lowers("unfold")
def unfold(b: Builder, self: Value, dimension: int, size: int, step: int) -> Value:
    """Windows along one dimension as a last one."""
    axis = self.axis(dimension)
    shape = [parse_size(s) for s in b.node.shape]
    if not self.rank:
        return reshaped(self, shape)
    index = identity(shape)[:-1]
    index[axis] = index[axis] * step + identity(shape)[-1]
    return viewed(self, index, shape)


@lowers("flip")
def flip(b: Builder, self: Value, dims: Sequence[int]) -> Value:
    index = identity(self.shape)
    for axis in (self.axis(d) for d in dims if self.rank):
        index[axis] = self.shape[axis] - 1 - index[axis]
    return viewed(self, index, self.shape)


@lowers("roll")
def roll(b: Builder, self: Value, shifts: Sequence[Any], dims: Sequence[int] = ()) -> Value:
    if not dims:
        return reshaped(roll(b, reshaped(self, (product(self.shape),)), shifts, [0]), self.shape)
    out = self
    for shift, axis in zip(shifts, (self.axis(d) for d in dims), strict=True):
        size, offset = self.shape[axis], sympy.sympify(shift)
        if not offset.is_Integer:
            raise ValueError("a roll by a size")
        steps = int(offset)
        if steps == 0 or size == 1:
            continue
        index = identity(self.shape)
        # what is divided is never negative: Triton rounds quotients towards zero
        back = -steps if steps < 0 else extent(size - modulo(offset, size, {}))
        index[axis] = modulo(index[axis] + back, size, ranges_of(self.shape))
        out = viewed(out, index, self.shape)
    return out


@lowers("repeat")
def repeat(b: Builder, self: Value, repeats: Sequence[Any]) -> Value:
    padded = reinserted(self, tuple(range(len(repeats) - self.rank)))
    shape = tuple(sympy.expand(s * r) for s, r in zip(padded.shape, repeats, strict=True))
    ranges = ranges_of(shape)
    index = [modulo(index_dim(i), s, ranges) if s != 1 else ZERO for i, s in enumerate(padded.shape)]
    return viewed(padded, index, shape)


# -- several sources in one tensor -------------------------------------------------------------------------------------


@lowers("cat")
def cat(b: Builder, tensors: Sequence[Value], dim: int = 0) -> Value:
    present = [t for t in tensors if not (t.rank == 1 and t.shape[0] == 0)]
    axis = present[0].axis(dim)
    dtype = promote([(t.dtype, TENSOR) for t in present])
    parts = [b.cast(t, dtype) for t in present]
    total = sympy.expand(sympy.Add(*(p.shape[axis] for p in parts)))
    shape = (*parts[0].shape[:axis], total, *parts[0].shape[axis + 1 :])
    here = identity(shape)[axis]
    end = total
    out: Any = None
    for part in reversed(parts):
        start = sympy.expand(end - part.shape[axis])
        index = identity(shape)
        index[axis] = here - start if part.shape[axis] != 1 else ZERO
        conditions = (Condition(here, None if start == 0 else start, None if end == total else end),)
        out = b.guarded(shape, conditions, part, index, 0 if out is None else out)
        end = start
    return out if isinstance(out, Value) else parts[0]


@lowers("stack")
def stack(b: Builder, tensors: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % (tensors[0].rank + 1)
    return cat(b, [reinserted(t, (axis,)) for t in tensors], axis)


@lowers("constant_pad_nd")
def constant_pad_nd(b: Builder, self: Value, pad: Sequence[Any], value: Any = 0) -> Value:
    before = [ZERO] * self.rank
    after = [ZERO] * self.rank
    for pair in range(len(pad) // 2):
        axis = self.rank - 1 - pair
        before[axis], after[axis] = sympy.sympify(pad[2 * pair]), sympy.sympify(pad[2 * pair + 1])
    shape = tuple(sympy.expand(s + lo + hi) for s, lo, hi in zip(self.shape, before, after, strict=True))
    index = [index_dim(i) - before[i] for i in range(self.rank)]
    conditions = [
        Condition(
            index_dim(i), None if before[i] == 0 else before[i], None if after[i] == 0 else before[i] + self.shape[i]
        )
        for i in range(self.rank)
        if before[i] != 0 or after[i] != 0
    ]
    return b.guarded(shape, conditions, self, index, value)


@lowers("slice_scatter")
def slice_scatter(
    b: Builder, self: Value, src: Value, dim: int = 0, start: Any = None, end: Any = None, step: Any = 1
) -> Value:
    axis = self.axis(dim)
    first = _bound(ZERO if start is None else start, self.shape[axis])
    last = self.shape[axis] if end is None else _bound(end, self.shape[axis])
    if int(step) != 1:
        return _every(b, self, src, axis, first, last, int(step))
    if sympy.sympify(
        start or 0
    ).is_negative:  # bounds may lie beyond the dimension: the source has the length that is left
        first = sympy.expand(last - src.shape[axis])
    return _overwritten(b, self, src, axis, first, sympy.expand(first + src.shape[axis]))


def _every(b: Builder, base: Value, part: Value, axis: int, first: Any, last: Any, step: int) -> Value:
    """``base`` with ``part`` in every ``step``-th place from ``first`` to ``last`` along ``axis``."""
    here, ranges = identity(base.shape)[axis], ranges_of(base.shape)
    # what is divided is never negative: Triton rounds quotients towards zero
    ahead = here - first + step * base.shape[axis]
    index = identity(base.shape)
    index[axis] = floor_div(here - first, sympy.Integer(step), ranges) if part.shape[axis] != 1 else ZERO
    conditions = (
        Condition(here, None if first == 0 else first, None if last == base.shape[axis] else last),
        Condition(modulo(sympy.expand(ahead), sympy.Integer(step), ranges), None, ONE),
    )
    return b.guarded(base.shape, conditions, b.cast(part, base.dtype), index, base)


@lowers("select_scatter")
def select_scatter(b: Builder, self: Value, src: Value, dim: int, index: Any) -> Value:
    axis = self.axis(dim)
    position = sympy.sympify(index)
    if position.is_Integer and position < 0:
        position = sympy.expand(self.shape[axis] + position)
    return _overwritten(b, self, reinserted(src, (axis,)), axis, position, position + 1)


def _overwritten(b: Builder, base: Value, part: Value, axis: int, first: Any, last: Any) -> Value:
    """``base`` with ``part`` in place of what lies from ``first`` to ``last`` along ``axis``."""
    here = identity(base.shape)[axis]
    index = identity(base.shape)
    if first == 0 and last == base.shape[axis]:
        return b.cast(part, base.dtype)
    index[axis] = here - first if part.shape[axis] != 1 else ZERO
    if part.op is base.op and read_at(part, index, base.shape).index == base.index:
        return base  # what a functionalized assignment writes back
    whole_end = last == base.shape[axis]
    condition = Condition(here, None if first == 0 else first, None if whole_end else last)
    return b.guarded(base.shape, (condition,), b.cast(part, base.dtype), index, base)


@lowers("copy")
def copy_into(b: Builder, self: Value, src: Value, non_blocking: bool = False) -> Value:
    return b.cast(viewed(src, broadcast_index(src.shape, self.shape), self.shape), self.dtype)


@lowers("tril", "triu")
def triangle(b: Builder, self: Value, diagonal: int = 0) -> Value:
    row, column = index_dim(self.rank - 2), index_dim(self.rank - 1)
    below = sympy.expand(row - column + diagonal)
    condition = Condition(below, ZERO, None) if b.origin.op == "tril" else Condition(below, None, ONE)
    inside = b.inside(self.shape, (condition,))
    return b.choose(inside, self, 0, dtype=self.dtype)
