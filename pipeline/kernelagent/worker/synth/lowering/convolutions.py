"""Convolutions of any number of dimensions, plain and transposed, as products of windows with weights.

A transposed convolution gives output position ``o`` the taps ``k`` for which ``o + padding - k * dilation`` is a
multiple of
the stride. Output positions of one phase (remainder by the stride) all take the same taps, so each phase is one
product.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import ONE, ZERO, FloorDiv, Modulo, floor_div, product
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, ranges_of, viewed
from kernelagent.worker.synth.lowering.views import flip, permuted, reinserted, reshaped
from kernelagent.worker.synth.lowering.windows import Window, per_dimension, windows
from kernelagent.worker.synth.size_text import parse_size

FEW_COLUMNS, FEW_TAPS = 8, 128
"""With fewer output channels to a group than the first the tensor cores have little to do: up to the second number of
factors are summed up one by one."""


@lowers("convolution", "_convolution")
def convolution(
    b: Builder,
    input: Value,
    weight: Value,
    bias: Value | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: Any,
    **_: Any,
) -> Value:
    rank = weight.rank - 2
    unbatched = input.rank == rank + 1
    value = reinserted(input, (0,)) if unbatched else input
    shape = extents([parse_size(s) for s in b.node.shape])
    counts = shape[-rank:]
    along = [
        Window(size, s, d, p)
        for size, s, d, p in zip(
            weight.shape[2:],
            per_dimension(stride, rank, 1),
            per_dimension(dilation, rank, 1),
            per_dimension(padding, rank, 0),
            strict=True,
        )
    ]
    if not transposed:
        out = _forward(b, value, weight, along, counts, groups)
    else:
        by_output = _swapped(weight, groups)
        if all(w.stride == 1 for w in along):
            out = _forward(b, value, _flipped(b, by_output), [_mirrored(w) for w in along], counts, groups)
        else:
            out = _by_phase(b, value, by_output, along, counts, groups)
    out = reshaped(out, shape)
    if bias is None:
        return out
    return b.map("add", out, viewed(bias, (index_dim(0),), (bias.shape[0], *([ONE] * rank))))


def _forward(
    b: Builder, value: Value, weight: Value, along: Sequence[Window], counts: Sequence[Any], groups: Any
) -> Value:
    """``[N, C, spatial...]`` with a weight ``[O, C / groups, taps...]``."""
    rank = len(along)
    seen = windows(b, value, along, counts, 0)
    batch, inner, outer = value.shape[0], weight.shape[1], sympy.sympify(weight.shape[0])
    each = floor_div(outer, sympy.sympify(groups), {})
    taps = weight.shape[2:]
    if each < FEW_COLUMNS and not _exceeds(product([inner, *taps]), FEW_TAPS):
        return _sum_of_taps(b, seen, weight, each, groups)
    split = reshaped(seen, (batch, groups, inner, *counts, *taps))
    spatial, inside = range(3, 3 + rank), range(3 + rank, 3 + 2 * rank)
    left = permuted(split, (1, 0, *spatial, 2, *inside))
    right = permuted(reshaped(weight, (groups, each, inner, *taps)), (0, 2, *range(3, 3 + rank), 1))
    dims = [index_dim(i) for i in range(3 + rank)]
    channel = dims[-1] + (each * dims[0] if groups != 1 else 0)
    shape = (batch, outer, *counts)
    return b.contract(left, right, 1, 1 + rank, 1, 1 + rank, value.dtype, (shape, (dims[1], channel, *dims[2:-1]), ()))


def _exceeds(size: Any, limit: int) -> bool:
    return not size.is_Integer or int(size) > limit


def _sum_of_taps(b: Builder, seen: Value, weight: Value, each: Any, groups: Any) -> Value:
    """The same as a reduction over input channels of the group and taps."""
    rank = weight.rank - 2
    counts, taps = seen.shape[2 : 2 + rank], weight.shape[2:]
    outer, inner = weight.shape[:2]
    shape = (seen.shape[0], outer, *counts, inner, *taps)
    dims = [ZERO if size == 1 else index_dim(i) for i, size in enumerate(shape)]
    group = floor_div(dims[1], each, ranges_of(shape)) if groups != 1 else ZERO
    channel = group * inner + dims[2 + rank]
    read = viewed(seen, (dims[0], channel, *dims[2 : 2 + rank], *dims[3 + rank :]), shape)
    factor = viewed(weight, (dims[1], *dims[2 + rank :]), shape)
    return b.reduce("sum", b.map("mul", read, factor), tuple(range(2 + rank, 3 + 2 * rank)))


# -- transposed --------------------------------------------------------------------------------------------------------


def _swapped(weight: Value, groups: Any) -> Value:
    """A transposed convolution's weight ``[C, O / groups, taps...]`` as ``[O, C / groups, taps...]``."""
    channels, each, *taps = weight.shape
    split = reshaped(weight, (groups, floor_div(channels, sympy.sympify(groups), {}), each, *taps))
    turned = permuted(split, (0, 2, 1, *range(3, 3 + len(taps))))
    return reshaped(turned, (groups * each, *turned.shape[2:]))


def _flipped(b: Builder, weight: Value) -> Value:
    return flip(b, weight, list(range(2, weight.rank)))


def _mirrored(w: Window) -> Window:
    """With stride 1, ``i = o + padding - k * dilation``: a plain window over flipped taps."""
    return Window(w.size, 1, w.dilation, (w.size - 1) * w.dilation - w.padding)


@dataclass(frozen=True)
class _PhasedTaps:
    """The taps of each phase ``r`` along one dimension: ``first(r) + t * step`` for ``t`` below ``count``."""

    window: Window

    @property
    def common(self) -> int:
        return math.gcd(int(self.window.stride), int(self.window.dilation))

    @property
    def step(self) -> int:
        return int(self.window.stride) // self.common

    @property
    def count(self) -> Any:
        return _ceil_div(sympy.sympify(self.window.size), self.step)

    def first(self, r: Any) -> Any:
        quotient = r if self.common == 1 else FloorDiv(r, self.common)
        inverse = pow(int(self.window.dilation) // self.common, -1, self.step)
        return quotient if inverse in (0, 1) else Modulo(quotient * inverse, self.step)

    def tap(self, r: Any, t: Any) -> Any:
        return self.first(r) + t * self.step

    def reach(self, r: Any, t: Any) -> Any:
        """How far back from ``q`` the tap reads: its ``(k * dilation - r) / stride``."""
        s, d = int(self.window.stride), int(self.window.dilation)
        whole = ZERO if d == 1 else FloorDiv(self.first(r) * d, s)
        return whole + t * (d // self.common)

    def conditions(self, tap: Any, r: Any) -> list[Condition]:
        found = [] if self.exact else [Condition(tap, None, sympy.sympify(self.window.size))]
        return found if self.common == 1 else [*found, Condition(Modulo(r, self.common), None, ONE)]

    @property
    def alike(self) -> bool:
        """Whether all phases reach equally far back."""
        return int(self.window.dilation) == 1

    @property
    def exact(self) -> bool:
        return int(self.window.size) % self.step == 0


def _by_phase(
    b: Builder, value: Value, weight: Value, along: Sequence[Window], counts: Sequence[Any], groups: Any
) -> Value:
    """With ``o + padding = stride * q + r``, phase ``r`` takes the taps ``k`` with ``k * dilation % stride == r``:
    every
    ``stride / gcd(stride, dilation)``-th one, which read ``i = q - (k * dilation - r) / stride``. Where all phases
    read the same ``i``, they are columns of one product; otherwise each is a product of its own: where a phase has no
    such tap, it must not read for it either, for an infinity times a weight of 0 is NaN."""
    rank = len(along)
    steps = [_PhasedTaps(w) for w in along]
    phases = [sympy.Integer(int(w.stride)) for w in along]
    quotients = [_ceil_div(count + w.padding, w.stride) for count, w in zip(counts, along, strict=True)]
    batch, inner, outer = value.shape[0], weight.shape[1], weight.shape[0]
    each = floor_div(outer, sympy.sympify(groups), {})
    taps = [step.count for step in steps]
    apart = [] if all(step.alike and step.exact for step in steps) else phases
    together = phases if not apart else []
    # what is read: [groups, phases apart, N, quotients, C / groups, taps]
    shape = extents((groups, *apart, batch, *quotients, inner, *taps))
    g, r, n, q, c, t = _parts(shape, 1, len(apart), 1, rank, 1, rank)
    index = [*n, g[0] * inner + c[0]]
    index += [sympy.expand(q[i] - steps[i].reach(r[i] if apart else ZERO, t[i])) for i in range(rank)]
    inside = [Condition(place, ZERO, value.shape[2 + i]) for i, place in enumerate(index[2:])]
    for step, ri, ti in zip(steps, r, t, strict=False):
        inside += step.conditions(step.tap(ri, ti), ri)
    left = b.guarded(shape, inside, value, index, 0)
    # what it is multiplied with: [groups, phases apart, C / groups, taps, phases together, O / groups]
    shape = extents((groups, *apart, inner, *taps, *together, each))
    g, r, c, t, r_together, o = _parts(shape, 1, len(apart), 1, rank, len(together), 1)
    chosen = [step.tap(ri, ti) for step, ri, ti in zip(steps, r or r_together, t, strict=True)]
    there = [
        condition
        for step, tap, ri in zip(steps, chosen, r or r_together, strict=True)
        for condition in step.conditions(tap, ri)
    ]
    factor = (g[0] * each + o[0], *c, *chosen)
    right = b.guarded(shape, there, weight, factor, 0) if there else viewed(weight, factor, shape)
    # where it goes
    shape = extents((groups, *apart, batch, *quotients, *together, each))
    g, r, n, q, r_together, o = _parts(shape, 1, len(apart), 1, rank, len(together), 1)
    places = [
        sympy.expand(phase * qi + ri - w.padding)
        for phase, qi, ri, w in zip(phases, q, r or r_together, along, strict=True)
    ]
    valid = [Condition(place, ZERO, count) for place, count in zip(places, counts, strict=True)]
    placed = ((batch, outer, *counts), (*n, g[0] * each + o[0], *places), valid)
    return b.contract(left, right, 1 + len(apart), 1 + rank, len(together) + 1, 1 + rank, value.dtype, placed)


def _parts(shape: Sequence[Any], *lengths: int) -> Iterator[list[Any]]:
    """The index variables of ``shape`` in runs of the given lengths."""
    dims = iter([ZERO if size == 1 else index_dim(i) for i, size in enumerate(shape)])
    return (list(itertools.islice(dims, length)) for length in lengths)


def _ceil_div(a: Any, b: Any) -> Any:
    return floor_div(a + b - 1, sympy.sympify(b), {})
