"""``tl.gather`` takes elements of a block by place, ``tl.histogram`` counts into bins: of numbers that name none, NumPy
makes something else than a GPU.

The interpreter counts a negative place from the end, and a number equal to that of the bins into the last of them.
Compiled code reads whatever lies there, and looks at a number's lowest bits only. Both are reported, and here the place
is moved inside, the number left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.judge.patching import replace


def install(accesses: KernelAccesses) -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    handle = interpreter.TensorHandle

    def gather(original: Any, builder: Any, source: Any, indices: Any, axis: int) -> Any:
        places, size = np.asarray(indices.data), source.data.shape[axis]
        outside = (places < 0) | (places >= size)
        if bool(outside.any()):
            first = int(places[outside].reshape(-1)[0])
            accesses.blame(f"takes by tl.gather from place {first} of a block that has {size} along that axis")
            indices = handle(np.clip(places, 0, size - 1), indices.dtype)
        return original(builder, source, indices, axis)

    def histogram(original: Any, builder: Any, block: Any, bins: int, mask: Any) -> Any:
        numbers = np.asarray(block.data)
        counted = np.ones(numbers.shape, bool) if mask is None else np.broadcast_to(mask.data, numbers.shape)
        inside = (numbers >= 0) & (numbers < bins)
        if bool((counted & ~inside).any()):
            first = int(numbers[counted & ~inside][0])
            accesses.blame(f"counts by tl.histogram a {first}, for which there is no bin among {bins}")
        return original(builder, block, bins, handle(counted & inside, interpreter.tl.int1))

    replace(interpreter.InterpreterBuilder, "create_gather", gather)
    replace(interpreter.InterpreterBuilder, "create_histogram", histogram)
