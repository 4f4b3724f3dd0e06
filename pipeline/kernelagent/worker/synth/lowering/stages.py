"""Reductions to few results of very many elements: in two stages, so that there are programs enough for a GPU."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from kernelagent.worker.synth.index import at_sizes

PROGRAMS = 132
"""Processors of an H100. With fewer programs than these, part of it idles while each goes over all that is its own."""
COLUMNS = 32
"""Results that a program makes side by side where they lie beside each other in memory."""
LONG = 1 << 16
"""Elements for each program from which on a second launch is worth it."""
SHORTEST, MOST = 512, 1 << 16
"""Elements that a program of the first stage has at least, and results of the first for each of the second at most."""


def later_axes(shape: Sequence[Any], axes: Sequence[int], hints: Mapping[Any, int]) -> tuple[int, ...]:
    """Those of ``axes``, from the front, that are better reduced in a second stage, at the example's sizes."""
    sizes = [at_sizes(size, hints) for size in shape]
    programs, left = _programs(sizes, axes), math.prod(sizes[a] for a in axes)
    if programs >= PROGRAMS or left < LONG:
        return ()
    parts = 1
    for count, axis in enumerate(axes[:-1], 1):
        parts, left = parts * sizes[axis], left // max(sizes[axis], 1)
        if left < SHORTEST or parts > MOST:
            return ()
        if programs * parts >= 2 * PROGRAMS:
            return tuple(axes[:count])
    return ()


def parts_of_axis(shape: Sequence[Any], axes: Sequence[int], hints: Mapping[Any, int]) -> int:
    """Into how many parts the longest of ``axes`` is better cut, each reduced by itself first; 1: none."""
    sizes = [at_sizes(size, hints) for size in shape]
    programs, longest = _programs(sizes, axes), max(sizes[a] for a in axes)
    if programs >= PROGRAMS or longest < LONG:
        return 1
    parts = min(2 * PROGRAMS // programs, longest // SHORTEST)
    return 1 << max(parts.bit_length() - 1, 0)


def _programs(sizes: Sequence[int], axes: Sequence[int]) -> int:
    """How many there are for one reduction: a result each, or a run of them where the last axis stays."""
    results = math.prod(size for i, size in enumerate(sizes) if i not in axes)
    return max(1, results if len(sizes) - 1 in axes else -(-results // COLUMNS))
