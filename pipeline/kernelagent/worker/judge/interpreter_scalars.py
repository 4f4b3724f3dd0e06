"""Scalars as Python numbers, in a loop's bounds for example, under every NumPy.

The interpreter keeps a scalar as an array of one element. Triton up to 3.6 turns it into a number by ``int(array)``,
which NumPy 2.5 refuses.
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

    replace(interpreter, "_patch_lang_tensor", patch_tensor)
