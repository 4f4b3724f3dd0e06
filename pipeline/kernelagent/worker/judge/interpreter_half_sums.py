"""Sums of 16-bit floating numbers, rounded where compiled code rounds them; and whether any of them lost something.

``tl.sum`` of a float16 or bfloat16 block adds in that type, and so does a scan in float16. Here they combine in a tree
with one rounding at each level; NumPy carries float32 through a sum and hides the loss. PyTorch adds such numbers up in
float32, so a kernel whose sum was rounded on its way adds up in less than is asked for. One that only takes a single
number out of a block (all others zero) loses nothing, and neither does one addition of two numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.interpreter_bfloat16 import round_to_bfloat16
from kernelagent.worker.judge.patching import replace

Array = Any
_HALF = ("fp16", "bf16")


def install(lossy: Callable[[], None]) -> None:
    """Patch this process's interpreter. ``lossy`` is called where a sum of more than two numbers was rounded on its
    way."""

    def total(original: Any, reduction: Any, operand: Any) -> Any:
        name = operand.dtype.name
        if name not in _HALF:
            return original(reduction, operand)
        data, axis = operand.handle.data, reduction.axis
        if axis is None:
            data, axis = data.reshape(-1), 0
        result, is_lossy = _tree(np.moveaxis(data, axis, 0), name)
        if is_lossy:
            lossy()
        if reduction.keep_dims:
            shape = [1] * operand.handle.data.ndim if reduction.axis is None else None
            result = result.reshape(shape) if shape is not None else np.expand_dims(result, axis)
        return reduction.to_tensor(result, operand.dtype)

    def running_total(original: Any, scan: Any, operand: Any) -> Any:
        return scan.generic_scan([operand]) if operand.dtype.name in _HALF else original(scan, operand)

    def combined(original: Any, ops: Any, given: Any) -> Any:
        results = original(ops, given)
        if isinstance(given, tuple) and _loses(ops, given, results, original):
            lossy()
        return results

    replace(interpreter.ReduceOps, "sum", total)
    replace(interpreter.ReduceOps, "generic_reduce", combined)
    for name in ("cumsum", "cumprod"):
        replace(interpreter.ScanOps, name, running_total)


def _tree(data: Array, name: str) -> tuple[Array, bool]:
    """The sum along the first axis, and whether anything was rounded before the last addition."""
    lossy = False
    while data.shape[0] > 1:
        half = data.shape[0] // 2
        one, other = data[:half], data[half : 2 * half]
        with np.errstate(over="ignore", invalid="ignore"):
            partial = one + other
            partial = round_to_bfloat16(partial) if name == "bf16" else partial
            exact = one.astype(np.float64) + other.astype(np.float64)
        if data.shape[0] > 2 and not lossy:
            lossy = bool((np.isfinite(exact) & (partial != exact)).any())
        data = np.concatenate([partial, data[2 * half :]]) if data.shape[0] % 2 else partial
    return data[0], lossy


def _loses(ops: Any, given: tuple[Any, ...], results: Any, reduce: Callable[..., Any]) -> bool:
    """Whether a reduction by a function of the kernel's own gives something else in float32."""
    if not any(part.dtype.name in _HALF for part in given):
        return False
    if np.shape(given[0].handle.data)[ops.axis or 0] <= 2 and ops.axis is not None:
        return False
    wide = tuple(
        ops.to_tensor(part.handle.data.astype(np.float32), tl.float32) if part.dtype.name in _HALF else part
        for part in given
    )
    try:
        others = reduce(ops, wide)
    except Exception:  # noqa: BLE001  a function may ask for its own types: then nothing is said
        return False
    return any(
        part.dtype.name in _HALF and _differ(one.handle.data, other.handle.data, part.dtype.name)
        for part, one, other in zip(given, results, others, strict=True)
    )


def _differ(found: Array, exact: Array, name: str) -> bool:
    """Where the exact result is a number that the type holds to the full: else rounding it once is right."""
    with np.errstate(over="ignore", invalid="ignore"):
        wide = np.asarray(exact, dtype=np.float32)
        once = round_to_bfloat16(wide) if name == "bf16" else wide.astype(np.float16).astype(np.float32)
        return bool((np.isfinite(wide) & (np.asarray(found, dtype=np.float32) != once)).any())
