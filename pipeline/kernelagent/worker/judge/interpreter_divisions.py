"""Has the interpreter move quotients of float32, and tell of what may jump where one is moved."""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.divisions import Divisions
from kernelagent.worker.judge.interpreter_math import libdevice_modules
from kernelagent.worker.judge.patching import replace

_STEPS = (
    *("create_floor", "create_ceil", "create_fp_to_si", "create_fp_to_ui", "create_frem"),
    *(f"create_fcmp{kind}{name}" for kind in "OU" for name in ("LT", "GT", "LE", "GE", "EQ", "NE")),
)


_OF_LIBDEVICE = ("floor", "ceil", "trunc", "rint", "round", "nearbyint", "llrint", "llround", "fmod", "remainder")


def install(divisions: Divisions) -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def divide(original: Any, builder: Any, lhs: Any, rhs: Any) -> Any:
        result = original(builder, lhs, rhs)
        if result.data.dtype == np.float32 and result.dtype.name == "fp32":
            result.data = divisions.divided(result.data, rhs.data)
        return result

    def step(original: Any, builder: Any, *operands: Any) -> Any:
        divisions.stepped()
        return original(builder, *operands)

    replace(interpreter.InterpreterBuilder, "create_fdiv", divide)
    for name in _STEPS:
        if hasattr(interpreter.InterpreterBuilder, name):
            replace(interpreter.InterpreterBuilder, name, step)
    for module in libdevice_modules():
        for name in _OF_LIBDEVICE:
            if hasattr(module, name):
                replace(module, name, lambda original, *given, **named: _told(divisions, original, given, named))


def _told(divisions: Divisions, original: Any, given: Any, named: Any) -> Any:
    divisions.stepped()
    return original(*given, **named)
