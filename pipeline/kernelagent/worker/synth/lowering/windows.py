"""Windows that slide over the last dimensions of a tensor: what convolutions and poolings read.

A window is a view with one more dimension for each that it slides over, ``x[..., o*stride + k*dilation - padding]``;
where it may hang over an edge, a guard puts a number there. Nothing is copied or padded in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from kernelagent.worker.synth.index import ZERO
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.values import Value, viewed


@dataclass(frozen=True)
class Window:
    """How windows lie along one dimension."""

    size: Any
    """Taps"""
    stride: Any = 1
    dilation: Any = 1
    padding: Any = 0
    overhangs: bool = False
    """Whether the last window may reach beyond the padding (``ceil_mode``)."""

    @property
    def guarded(self) -> bool:
        return self.overhangs or self.padding != 0


def windows(b: Builder, value: Value, along: Sequence[Window], counts: Sequence[Any], fill: Any) -> Value:
    """``value[lead..., spatial...]`` as ``[lead..., counts..., taps...]``; ``fill`` is what stands outside."""
    lead = value.rank - len(along)
    shape = (*value.shape[:lead], *counts, *(sympy.sympify(w.size) for w in along))
    dims = [ZERO if size == 1 else index_dim(i) for i, size in enumerate(shape)]
    index = dims[:lead]
    conditions = []
    for i, window in enumerate(along):
        position = dims[lead + i] * window.stride + dims[lead + len(along) + i] * window.dilation
        index.append(sympy.expand(position - window.padding))
        if window.guarded:
            low = None if window.padding == 0 else sympy.sympify(window.padding)
            conditions.append(Condition(position, low, value.shape[lead + i] + window.padding))
    if not conditions:
        return viewed(value, index, shape)
    return b.guarded(shape, conditions, value, index, fill)


def per_dimension(given: Any, rank: int, default: Any = None) -> list[Any]:
    """A schema's ``int[n]``: one number for all dimensions, or one for each; empty stands for ``default``."""
    listed = list(given) if isinstance(given, (list, tuple)) else [given]
    if not listed:
        return per_dimension(default, rank)
    return listed * rank if len(listed) == 1 else listed
