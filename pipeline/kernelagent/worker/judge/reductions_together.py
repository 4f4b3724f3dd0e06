"""Reductions and scans of several programs that run together (``interpreter_together.py``)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import triton.language as tl
from triton.language import standard
from triton.runtime import interpreter

from kernelagent.worker.judge.operations_together import handle, level, of_one

if TYPE_CHECKING:
    from kernelagent.worker.judge.interpreter_together import Switch

_REDUCED, _SCANNED = (
    frozenset(getattr(standard, name) for name in names if hasattr(standard, name))
    for names in (("_sum_combine", "_elementwise_max", "_elementwise_min"), ("_sum_combine", "_prod_combine"))
)
"""Functions by which NumPy reduces, or scans, along one axis of many."""
_BY_PLACES = frozenset(
    getattr(standard, f"_arg{which}_combine_tie_break_{how}")
    for which in ("max", "min")
    for how in ("left", "fast")
    if hasattr(standard, f"_arg{which}_combine_tie_break_{how}")
)


def applied(switch: Switch, original: Any, ops: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """A reduction or a scan, of all programs that run."""
    ops.check_tensor(given)
    if isinstance(ops, interpreter.ScanOps):
        is_known = ops.combine_fn in _SCANNED and given[0].dtype.name not in ("fp16", "bf16")
    else:
        is_known = ops.combine_fn in (_REDUCED | _BY_PLACES)
    return _along(ops, given) if is_known else _one_by_one(switch, original, ops, given)


def _along(ops: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """With the axis moved by the one in front."""
    rank = len(given[0].shape)
    moved = copy.copy(ops)
    moved.to_tensor = lambda found, dtype: _typed(found.astype(interpreter._get_np_dtype(dtype)), dtype)
    handles = level(*(part.handle for part in given))
    if ops.axis is None:
        moved.axis = 1
        handles = [handle(h.data.reshape(len(h.data), -1), h.dtype) for h in handles]
    else:
        moved.axis = ops.axis % rank + 1
    parts = tuple(tl.tensor(h, part.type) for h, part in zip(handles, given, strict=True))
    found = moved.apply_impl(parts)
    found = found if isinstance(found, (list, tuple)) else (found,)
    results = []
    for result in found:
        data = result.handle.data
        if ops.axis is None and getattr(ops, "keep_dims", False):
            data = data.reshape((len(data), *[1] * rank))
        results.append(_typed(data, result.dtype))
    return tuple(results)


def _one_by_one(switch: Switch, original: Any, ops: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    handles = level(*(part.handle for part in given))
    with switch.off():
        found = [
            original(ops, tuple(tl.tensor(of_one(h, n), p.type) for h, p in zip(handles, given, strict=True)))
            for n in range(len(handles[0].data))
        ]
    return tuple(
        _typed(np.stack([f.handle.data for f in same]), same[0].dtype, same[0].type)
        for same in zip(*found, strict=True)
    )


def _typed(data: Any, dtype: Any, kind: Any = None) -> Any:
    """A block of several programs, whose shape is what comes after the axis in front; or a scalar."""
    is_block = data.ndim > 1 if kind is None else kind.is_block()
    data = data if is_block else data.reshape(len(data))
    return tl.tensor(handle(data, dtype.scalar), tl.block_type(dtype, list(data.shape[1:])) if is_block else dtype)
