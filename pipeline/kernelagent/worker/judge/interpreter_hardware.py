"""What kernels ask of NVIDIA's hardware alone, where there is none.

Waiting for the launch before, and letting the next one begin, is nothing where launches run one after the other.
Inline assembly cannot be run, nor can what maps a function of scalars over a block, and that is said.
"""

from __future__ import annotations

from typing import Any

from triton.language.extra import cuda
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

THREADS_OF_A_WARP, USUAL_WARPS = 32, 4


def install() -> None:
    """Patch this process's interpreter, before the candidate's file takes names from Triton."""

    def nothing(*_: Any, **__: Any) -> None:
        """Of a launch that runs by itself."""

    def assembly(*_: Any, **__: Any) -> None:
        raise NotImplementedError("Triton's interpreter runs no inline assembly: it can be judged on a GPU alone")

    def mapped(*_: Any, **__: Any) -> None:
        raise NotImplementedError("Triton's interpreter has no tl.map_elementwise: it can be judged on a GPU alone")

    for name in ("gdc_wait", "gdc_launch_dependents"):
        if hasattr(cuda, name):  # newer versions have it
            setattr(cuda, name, nothing)
    for name, count in (("num_warps", USUAL_WARPS), ("num_threads", USUAL_WARPS * THREADS_OF_A_WARP)):
        setattr(cuda, name, lambda *_, _count=count, **__: interpreter.tl.constexpr(_count))
    replace(interpreter.InterpreterBuilder, "create_inline_asm", assembly)
    replace(interpreter.InterpreterBuilder, "new_block", mapped)
