"""Reductions to few results of very many elements: in two stages, so that there are programs enough for a GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernelagent.worker.synth.index import at_sizes, product

PROGRAMS = 132
"""Processors of an H100. With fewer results than these, part of it idles while a program goes over all elements of its
own."""
LONG = 1 << 16
"""Elements for each result from which on a second launch is worth it."""
SHORTEST, MOST = 512, 1 << 16
"""Elements that a program of the first stage has at least, and results of the first for each of the second at most."""


def later_axes(shape: Sequence[Any], axes: Sequence[int], hints: Mapping[Any, int]) -> tuple[int, ...]:
    """Those of ``axes``, from the front, that are better reduced in a second stage, at the example's sizes."""
    sizes = [at_sizes(size, hints) for size in shape]
    total = at_sizes(product([shape[a] for a in axes]), hints)
    results = at_sizes(product([s for i, s in enumerate(shape) if i not in axes]), hints)
    if results >= PROGRAMS or total < LONG:
        return ()
    parts, left = 1, total
    for count, axis in enumerate(axes[:-1], 1):
        parts, left = parts * sizes[axis], left // max(sizes[axis], 1)
        if left < SHORTEST or parts > MOST:
            return ()
        if results * parts >= 2 * PROGRAMS:
            return tuple(axes[:count])
    return ()
