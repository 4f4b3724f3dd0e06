"""Memory of the GPU, asked for before it is used: what others have is waited for, what there is not is said."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from kernelagent.contract.problem import Problem
from kernelagent.errors import GpuBusy, OutOfGpuMemory
from kernelagent.worker.problem.inputs import total_bytes

_LOOK_S = 0.5
_CONTEXT_BYTES = 1 << 29
"""What CUDA, its libraries and compiled kernels take of their own."""

Memory = Callable[[], "tuple[int, int]"]
"""Free and all bytes of the device."""


def needed_bytes(problem: Problem, sets: int) -> int:
    """Of ``sets`` sets of inputs, the parameters with a copy of them, and the outputs of a call and of the one before
    it. What a module holds between its steps is not known."""
    inputs, state, outputs = map(total_bytes, (problem.inputs, problem.state, problem.outputs))
    return sets * inputs + 2 * state + 2 * outputs + _CONTEXT_BYTES


def wait_for_room(
    needed: int,
    tell: Callable[[str], None] = lambda message: None,
    limit_s: float = 300.0,
    memory: Memory = torch.cuda.mem_get_info,
) -> None:
    """Return when ``needed`` bytes are free. Raises ``OutOfGpuMemory`` where the device has less than that, and
    ``GpuBusy`` where others had the rest for ``limit_s`` seconds."""
    began, told = time.monotonic(), False
    while True:
        free, everything = memory()
        if needed <= free:
            return
        if needed > everything:
            raise OutOfGpuMemory(f"This needs {_gib(needed)} of the GPU's memory, which has {_gib(everything)} in all.")
        if time.monotonic() - began >= limit_s:
            raise GpuBusy(
                f"This needs {_gib(needed)} of the GPU's memory; {_gib(free)} of {_gib(everything)} were free after "
                f"{limit_s:g} s, others have the rest."
            )
        if not told:
            tell(f"waiting for {_gib(needed)} of the GPU's memory: {_gib(free)} are free")
            told = True
        time.sleep(_LOOK_S)


def _gib(number: int) -> str:
    return f"{number / 2**30:.1f} GiB"
