"""Scalars as Python numbers, in a loop's bounds for example, under every NumPy; and conditions on them as conditions.

The interpreter keeps a scalar as an array of one element. Triton up to 3.6 turns it into a number by ``int(array)``,
which NumPy 2.5 refuses. A float that a kernel is launched with stayed Python's, which takes the type of the block
beside it; compiled code is handed a float32, and half times that is float32. ``s != s`` of a reduction's result, spread
over a block, became an array of floats there, which ``|`` refuses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def patch_tensor(original: Any, tensor: Any, *scope: Any) -> None:
        original(tensor, *scope)
        tensor.__index__ = lambda scalar: int(scalar.handle.data.item())

    def splat(original: Any, builder: Any, shape_or_type: Any, scalar: Any) -> Any:
        """A comparison's result keeps the type of what was compared: spread out, it would be numbers of that type."""
        if scalar.data.dtype == bool:
            scalar = interpreter.TensorHandle(scalar.data, interpreter.tl.int1)
        return original(builder, shape_or_type, scalar)

    def convert(original: Any, argument: Any) -> Any:
        if type(argument) is not float:
            return original(argument)
        with np.errstate(over="ignore"):
            data = np.array([argument], dtype=np.float32)
        return interpreter.tl.tensor(interpreter.TensorHandle(data, interpreter.tl.float32), interpreter.tl.float32)

    replace(interpreter, "_implicit_cvt", convert)
    replace(interpreter, "_patch_lang_tensor", patch_tensor)
    replace(interpreter.InterpreterBuilder, "create_splat", splat)
