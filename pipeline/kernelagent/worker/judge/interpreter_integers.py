"""A float that an integer type does not hold becomes one as on a GPU (PTX's ``cvt.rzi``): the nearest of those that 16
bits hold at least, of which the low ones are kept; NaN becomes 0. The interpreter computes with NumPy, which wraps."""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def convert(original: Any, builder: Any, src: Any, dst_type: Any) -> Any:
        data, to = src.data, np.dtype(interpreter._get_np_dtype(dst_type))
        if to.kind not in "iu" or data.dtype.kind != "f":
            return original(builder, src, dst_type)
        return interpreter.TensorHandle(as_integers(data, to), dst_type.scalar)

    for name in ("create_fp_to_si", "create_fp_to_ui"):
        replace(interpreter.InterpreterBuilder, name, convert)


def as_integers(data: Any, to: Any) -> Any:
    """``data`` (an array of floats) as integers of the type ``to``."""
    through = np.dtype(f"{to.kind}{max(to.itemsize, 2)}")
    ends = np.iinfo(through)
    whole = np.trunc(np.nan_to_num(data.astype(np.float64), nan=0.0))
    inside = (whole > float(ends.min) - 1) & (whole < float(ends.max) + (1 if through.itemsize < 8 else 0))
    held = np.where(inside, whole, 0.0).astype(through)
    return np.where(inside, held, np.where(whole < 0, ends.min, ends.max).astype(through)).astype(to)
