"""Has the interpreter tell of the comparisons that kernels make, and of the addresses that they ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.comparisons import OPERATORS, Comparisons
from kernelagent.worker.judge.interpreter_together import Switch
from kernelagent.worker.judge.patching import replace


def install(comparisons: Comparisons, switch: Switch) -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends. ``switch`` says whether
    arrays are those of several programs."""

    def watched(name: str) -> Any:
        def compare(original: Any, builder: Any, lhs: Any, rhs: Any) -> Any:
            result = original(builder, lhs, rhs)
            if switch.now is not None and result.data.ndim == 1 and result.data.dtype == bool:
                for one in np.unique(np.stack(np.broadcast_arrays(lhs.data, rhs.data, result.data), axis=1), axis=0):
                    comparisons.made(name, one[:1], one[1:2], one[2:].astype(bool))  # each program has a scalar
            else:
                comparisons.made(name, lhs.data, rhs.data, result.data, switch.now is not None)
            return result

        return compare

    def address(original: Any, builder: Any, src: Any, dst_type: Any) -> Any:
        comparisons.addressed()
        return original(builder, src, dst_type)

    for name in OPERATORS:
        replace(interpreter.InterpreterBuilder, name, watched(name))
    replace(interpreter.InterpreterBuilder, "create_ptr_to_int", address)
