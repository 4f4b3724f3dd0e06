"""Reductions and scans by a function of the kernel's own, combined as a tree: as compiled code combines registers,
lanes and warps.

Triton's interpreter folds from the left, element by element, so a function that is not associative (``0.9 * a + b``)
would look right there. Here a scan joins neighbours, then pairs of neighbours, and so on. A reduction joins each
element with the one that lies half the length further on, as lanes of a warp do, which keeps no order: its function
must be commutative, too. Whole blocks are taken at once besides, which is faster.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    replace(interpreter.ReduceOps, "generic_reduce", _reduce)
    replace(interpreter.ScanOps, "generic_scan", _scan)


def _reduce(original: Any, ops: Any, given: Any) -> Any:
    if not _is_even(given, ops.axis):
        return original(ops, given)
    whole = ops.axis is None
    parts, axis = ops.unravel(given, ops.axis)
    arrays = [part.handle.data for part in parts]
    shape = given[0].handle.data.shape
    while arrays[0].shape[axis] > 1:
        halves = [np.split(array, 2, axis) for array in arrays]
        arrays = _combined(ops, parts, [first for first, _ in halves], [second for _, second in halves])
    results = []
    for array, part in zip(arrays, parts, strict=True):
        value = array.reshape([1] * len(shape)) if whole and ops.keep_dims else array
        if not ops.keep_dims:
            value = array.reshape(-1)[0] if whole else np.take(array, 0, axis)
        results.append(ops.to_tensor(value, part.dtype))
    return results


def _scan(original: Any, ops: Any, given: Any) -> Any:
    if not _is_even(given, ops.axis):
        return original(ops, given)
    arrays = [part.handle.data for part in given]
    length, step = arrays[0].shape[ops.axis], 1
    along = [-1 if i == ops.axis % arrays[0].ndim else 1 for i in range(arrays[0].ndim)]
    position = np.arange(length).reshape(along)
    while step < length:  # each holds what ends at it, over ``step`` elements
        earlier = [np.roll(array, step, ops.axis) for array in arrays]
        joined = _combined(ops, given, earlier, arrays)
        arrays = [np.where(position >= step, new, old) for new, old in zip(joined, arrays, strict=True)]
        step *= 2
    return [ops.to_tensor(array, part.dtype) for array, part in zip(arrays, given, strict=True)]


def _combined(ops: Any, like: Any, left: list[Any], right: list[Any]) -> list[Any]:
    """The function of two blocks each, for all their elements at once."""
    before = [ops.to_tensor(np.ascontiguousarray(a), part.dtype) for a, part in zip(left, like, strict=True)]
    after = [ops.to_tensor(np.ascontiguousarray(a), part.dtype) for a, part in zip(right, like, strict=True)]
    found = ops.combine_fn.fn(*before, *after)
    values = found if isinstance(found, tuple) else (found,)
    data = [getattr(getattr(value, "handle", None), "data", value) for value in values]
    return [np.broadcast_to(np.asarray(d, dtype=a.dtype), a.shape) for d, a in zip(data, left, strict=True)]


def _is_even(given: Any, axis: int | None) -> bool:
    """Blocks of one shape, a power of two along the axis: others are the original's to refuse or to fold."""
    shapes = {part.handle.data.shape for part in given}
    if len(shapes) != 1:
        return False
    (shape,) = shapes
    length = int(np.prod(shape)) if axis is None else shape[axis] if axis < len(shape) else 0
    return length > 0 and length & (length - 1) == 0
