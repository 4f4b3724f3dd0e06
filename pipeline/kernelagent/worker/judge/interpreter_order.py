"""The order in which the interpreter runs the programs of a launch, and the lanes of an atomic: backwards in every
other case.

A GPU promises none, so a result must not depend on it: places handed out by an atomic counter, the last of several
exchanges. A kernel that waits for another program (a lock, a flag that it polls) would wait forever for one that comes
later, since here they run one by one: a file with such loops keeps the usual order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


def install(candidate_file: Path, backwards: Callable[[], bool]) -> bool:
    """Patch this process's interpreter; ``False`` when the file waits, and its order is left alone."""
    if _waits(candidate_file):
        return False

    def set_grid_index(original: Any, builder: Any, x: int, y: int, z: int) -> Any:
        if backwards():
            width, height, depth = builder.grid_dim
            x, y, z = width - 1 - x, height - 1 - y, depth - 1 - z
        return original(builder, x, y, z)

    replace(interpreter.InterpreterBuilder, "set_grid_idx", set_grid_index)
    return True


def install_lanes(backwards: Callable[[], bool]) -> None:
    """Patch this process's interpreter: lanes of one atomic on one address come in the other order too. To be called
    before accesses are watched, which are told in the kernel's own order."""

    def atomic(original: Any, builder: Any, operation: Any, ptr: Any, val: Any, mask: Any, *how: Any) -> Any:
        if not backwards():
            return original(builder, operation, ptr, val, mask, *how)
        return _turned(original(builder, operation, _turned(ptr), _turned(val), _turned(mask), *how))

    replace(interpreter.InterpreterBuilder, "create_atomic_rmw", atomic)


def _turned(handle: Any) -> Any:
    return interpreter.TensorHandle(np.ascontiguousarray(np.flip(handle.data)), handle.dtype)


def _waits(file: Path) -> bool:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):  # it will not run either
        return True
    return any(
        isinstance(node, ast.While) or (isinstance(node, ast.Attribute) and node.attr == "atomic_cas")
        for node in ast.walk(tree)
    )
