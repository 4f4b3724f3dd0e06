"""Maxima, minima and clamps pass over NaN unless ``propagate_nan`` says otherwise, as compiled ones do.

The interpreter takes NumPy's, which hand NaN on: a kernel that loses it on a GPU would look right. (PTX ISA, ``max``:
of a number and NaN the number is taken.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def larger(original: Any, builder: Any, lhs: Any, rhs: Any) -> Any:
        return builder.binary_op(lhs, rhs, np.fmax)

    def smaller(original: Any, builder: Any, lhs: Any, rhs: Any) -> Any:
        return builder.binary_op(lhs, rhs, np.fmin)

    def clamped(original: Any, builder: Any, value: Any, low: Any, high: Any, propagate_nan: Any) -> Any:
        if propagate_nan == interpreter._ir.PROPAGATE_NAN.ALL:
            return original(builder, value, low, high, propagate_nan)
        return builder.ternary_op(value, low, high, lambda v, a, b: np.fmin(np.fmax(v, a), b))

    replace(interpreter.InterpreterBuilder, "create_maxnumf", larger)
    replace(interpreter.InterpreterBuilder, "create_minnumf", smaller)
    replace(interpreter.InterpreterBuilder, "create_clampf", clamped)
