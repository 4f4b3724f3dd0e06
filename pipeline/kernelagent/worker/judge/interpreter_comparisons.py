"""Has the interpreter tell of the comparisons that kernels make, and of the addresses that they ask for."""

from __future__ import annotations

from typing import Any

from triton.runtime import interpreter

from kernelagent.worker.judge.comparisons import OPERATORS, Comparisons
from kernelagent.worker.judge.patching import replace


def install(comparisons: Comparisons) -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def watched(name: str) -> Any:
        def compare(original: Any, builder: Any, lhs: Any, rhs: Any) -> Any:
            result = original(builder, lhs, rhs)
            comparisons.made(name, lhs.data, rhs.data, result.data)
            return result

        return compare

    def address(original: Any, builder: Any, src: Any, dst_type: Any) -> Any:
        comparisons.addressed()
        return original(builder, src, dst_type)

    for name in OPERATORS:
        replace(interpreter.InterpreterBuilder, name, watched(name))
    replace(interpreter.InterpreterBuilder, "create_ptr_to_int", address)
