"""A kernel's class tells by its name whether it is interpreted; here it has the compiled one's."""

from __future__ import annotations

from typing import Any

from triton.runtime import interpreter
from triton.runtime.jit import JITFunction


def install() -> None:
    """Rename the class of interpreted kernels, in this process."""
    interpreted: Any = interpreter.InterpretedFunction
    interpreted.__name__, interpreted.__qualname__ = JITFunction.__name__, JITFunction.__qualname__
    interpreted.__module__ = JITFunction.__module__
    interpreted.__repr__ = lambda kernel: f"JITFunction({kernel.fn.__module__}:{kernel.fn.__qualname__})"
