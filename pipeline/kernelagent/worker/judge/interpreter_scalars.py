"""Scalars as Python numbers, in a loop's bounds for example, under every NumPy; and conditions on them as conditions.

The interpreter keeps a scalar as an array of one element. Triton up to 3.6 turns it into a number by ``int(array)``,
which NumPy 2.5 refuses. ``s != s`` of a reduction's result, spread over a block, became an array of floats there, which
``|`` refuses.
"""

from __future__ import annotations

from typing import Any

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

    replace(interpreter, "_patch_lang_tensor", patch_tensor)
    replace(interpreter.InterpreterBuilder, "create_splat", splat)
