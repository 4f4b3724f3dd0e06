"""Whether a tensor lies in memory row by row whatever its sizes, however its strides are spelt: ``s3 * s4 * 8``, or
``4*Max(1, 2*s0)`` of a dimension that is never 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kernelagent.contract.memory_order import lies_in_rows
from kernelagent.contract.problem import FreeSize, TensorSpec
from kernelagent.worker.problem.sizes import evaluate_dim, fit

_STEPS = (1, 2, 5, 12, 31)
"""By so much a size is larger than the least, and each further one by as much more, so that they tell each other."""


def told_in_rows(spec: TensorSpec, free: Sequence[FreeSize]) -> TensorSpec:
    """``spec`` with what its strides say at several values of its ``free`` sizes."""
    known = bool(spec.strides) and len(spec.strides) == len(spec.dims)
    return replace(spec, in_rows=known and all(_lies(spec, sizes) for sizes in _several(free)))


def _several(free: Sequence[FreeSize]) -> Iterator[dict[str, int]]:
    yield {f.symbol: f.example for f in free}
    for step in _STEPS:
        yield {f.symbol: fit(f, f.minimum + step * place) for place, f in enumerate(free, 1)}


def _lies(spec: TensorSpec, sizes: dict[str, int]) -> bool:
    shape, strides = ([evaluate_dim(text, sizes) for text in texts] for texts in (spec.dims, spec.strides))
    return min(shape) < 1 or lies_in_rows(shape, strides)
