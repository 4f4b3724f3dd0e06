"""Pooling: reductions over windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import ONE, ZERO, FloorDiv, floor_div, product
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.reductions import extremum
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, viewed
from kernelagent.worker.synth.lowering.windows import Window, per_dimension, windows
from kernelagent.worker.synth.size_text import parse_size


def _counts(b: Builder, rank: int) -> tuple[Any, ...]:
    """The result's spatial sizes."""
    shape = b.node.shapes[0] if b.node.shapes else b.node.shape
    return extents([parse_size(s) for s in shape[-rank:]])


def _least(dtype: str) -> float | int:
    """What no element is smaller than."""
    if dtypes.is_float(dtype):
        return float("-inf")
    return 0 if dtype in ("bool", "uint8") else -(1 << (8 * dtypes.BYTES[dtype] - 1))


@lowers("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices", "max_pool3d_with_indices")
def max_pool(
    b: Builder,
    self: Value,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:
    rank = int(b.origin.op[8])
    sizes = per_dimension(kernel_size, rank)
    along = [
        Window(size, s, d, p, ceil_mode)
        for size, s, d, p in zip(
            sizes,
            per_dimension(stride, rank, sizes),
            per_dimension(dilation, rank),
            per_dimension(padding, rank),
            strict=True,
        )
    ]
    counts = _counts(b, rank)
    seen = windows(b, self, along, counts, _least(self.dtype))
    taps = tuple(range(seen.rank - rank, seen.rank))
    best = extremum(b, "max", seen, taps, False)
    if "indices" not in b.origin.op:
        return best
    starts = [index_dim(seen.rank - 2 * rank + i) * w.stride - w.padding for i, w in enumerate(along)]
    steps = [index_dim(t) * w.dilation for t, w in zip(taps, along, strict=True)]
    return best, _where_best(b, self, seen, rank, [sympy.expand(s + t) for s, t in zip(starts, steps, strict=True)])


def _where_best(b: Builder, value: Value, seen: Value, rank: int, places: Sequence[Any]) -> Value:
    """Position in the input's spatial dimensions of each window's first largest element."""
    taps = tuple(range(seen.rank - rank, seen.rank))
    best = extremum(b, "max", seen, taps, True)
    hit = b.compare("eq", seen, best)
    if dtypes.is_float(seen.dtype):
        hit = b.map("or", hit, b.compare("ne", seen, seen), dtype="bool")
    spatial = value.shape[value.rank - rank :]
    flat = ZERO
    for place, size in zip(places, spatial, strict=True):
        flat = flat * size + place
    dims = {index_dim(i): ZERO for i, size in enumerate(seen.shape) if size == 1}
    here = b.constant(sympy.expand(flat).xreplace(dims), "int64", seen.shape)
    beyond = b.constant(product(spatial), "int64")
    return b.reduce("min", b.choose(hit, here, beyond, dtype="int64"), taps)


@lowers("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(
    b: Builder,
    self: Value,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    rank = int(b.origin.op[8])
    sizes = per_dimension(kernel_size, rank)
    strides, paddings = per_dimension(stride, rank, sizes), per_dimension(padding, rank)
    along = [Window(k, s, 1, p, ceil_mode) for k, s, p in zip(sizes, strides, paddings, strict=True)]
    counts = _counts(b, rank)
    wide = b.cast(self, dtypes.register(self.dtype))
    seen = windows(b, wide, along, counts, 0)
    total = b.reduce("sum", seen, tuple(range(seen.rank - rank, seen.rank)))
    divisor: Any = product([sympy.sympify(k) for k in sizes])
    if divisor_override is not None:
        divisor = sympy.Integer(divisor_override)
    elif ceil_mode or (not count_include_pad and any(p != 0 for p in paddings)):
        lead = total.rank - rank
        divisor = ONE
        for i, window in enumerate(along):
            here = index_dim(lead + i) if counts[i] != 1 else ZERO
            edge = window.padding if count_include_pad else 0
            start = sympy.Max(here * window.stride - window.padding, -edge)
            end = sympy.Min(here * window.stride - window.padding + window.size, self.shape[lead + i] + edge)
            divisor *= end - start
    return b.cast(b.map("div", total, _number(b, divisor, total), compute=wide.dtype), self.dtype)


def _number(b: Builder, count: Any, like: Value) -> Any:
    return int(count) if count.is_Integer else b.constant(count, "int64", like.shape)


# -- adaptive ----------------------------------------------------------------------------------------------------------


def _adaptive(b: Builder, value: Value, counts: Sequence[Any], fill: Any) -> tuple[Value, list[Any], list[Any]]:
    """Windows from ``o * size // count`` to ``ceil((o + 1) * size / count)``; their lengths, and the place of each
    tap."""
    rank = len(counts)
    lead = value.rank - rank
    sizes = value.shape[lead:]
    taps = [_longest(size, count) for size, count in zip(sizes, counts, strict=True)]
    shape = extents((*value.shape[:lead], *counts, *taps))
    dims = [ZERO if size == 1 else index_dim(i) for i, size in enumerate(shape)]
    index, conditions, lengths = dims[:lead], [], []
    for i, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        here, tap = dims[lead + i], dims[lead + rank + i]
        if _even(size, count):
            index.append(here * floor_div(size, count, {}) + tap)
            lengths.append(floor_div(size, count, {}))
            continue
        start = FloorDiv(here * size, count)
        length = FloorDiv(here * size + size + count - 1, count) - start
        index.append(start + tap)
        lengths.append(length)
        conditions.append(Condition(tap - length, None, ZERO))
    seen = b.guarded(shape, conditions, value, index, fill) if conditions else viewed(value, index, shape)
    return seen, lengths, index[lead:]


def _even(size: Any, count: Any) -> bool:
    numbers = size.is_Integer and count.is_Integer
    return bool(count in (1, size) or (numbers and int(size) % int(count) == 0))


def _longest(size: Any, count: Any) -> Any:
    if _even(size, count):
        return floor_div(size, count, {})
    return floor_div(size + count - 1, count, {}) + 1


@lowers(
    "adaptive_avg_pool1d",
    "_adaptive_avg_pool2d",
    "_adaptive_avg_pool3d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
)
def adaptive_avg_pool(b: Builder, self: Value, output_size: Any) -> Value:
    rank = int(b.origin.op.strip("_")[17])
    wide = b.cast(self, dtypes.register(self.dtype))
    seen, lengths, _ = _adaptive(b, wide, _counts(b, rank), 0)
    total = b.reduce("sum", seen, tuple(range(seen.rank - rank, seen.rank)))
    divisor = product(lengths)
    return b.cast(b.map("div", total, _number(b, divisor, total), compute=wide.dtype), self.dtype)


@lowers("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_max_pool(b: Builder, self: Value, output_size: Any) -> tuple[Value, Value]:
    rank = int(b.origin.op[17])
    seen, _, places = _adaptive(b, self, _counts(b, rank), _least(self.dtype))
    best = extremum(b, "max", seen, tuple(range(seen.rank - rank, seen.rank)), False)
    return best, _where_best(b, self, seen, rank, places)
