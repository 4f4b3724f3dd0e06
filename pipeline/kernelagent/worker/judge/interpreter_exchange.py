"""``tl.atomic_xchg`` of floats, which compiled code has and Triton's interpreter has not: their bits are exchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

_BITS: dict[Any, Any] = {np.dtype(np.float32): np.dtype(np.uint32), np.dtype(np.float64): np.dtype(np.uint64)}


def install() -> None:
    """In this process."""

    def atomic(original: Any, builder: Any, op: Any, ptr: Any, val: Any, mask: Any, *how: Any) -> Any:
        dtype = np.asarray(val.data).dtype
        if str(getattr(op, "name", op)).upper() != "XCHG" or dtype not in _BITS:
            return original(builder, op, ptr, val, mask, *how)
        bits = interpreter.TensorHandle(np.ascontiguousarray(val.data).view(_BITS[dtype]), val.dtype)
        found = original(builder, op, ptr, bits, mask, *how)
        return interpreter.TensorHandle(np.ascontiguousarray(found.data).view(dtype), val.dtype.scalar)

    replace(interpreter.InterpreterBuilder, "create_atomic_rmw", atomic)
