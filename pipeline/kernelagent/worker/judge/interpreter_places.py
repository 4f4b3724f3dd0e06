"""``can_reorder=True`` allows the compiler to put a block's elements in any order, and on a GPU it does.

The interpreter keeps the order, so that a kernel that relies on it looks right. Here the elements come out shuffled,
two blocks of one length alike: a sum of all of them, or one that goes by indices in the same order, does not mind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


def _shuffled(block: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    flat = block.reshape(-1)
    order = np.random.default_rng(flat.size).permutation(flat.size)
    return np.ascontiguousarray(flat[order]).reshape(block.shape)


def install() -> None:
    """Patch this process's interpreter."""

    def concatenate(original: Any, builder: Any, *operands: Any) -> Any:
        result = original(builder, *operands)
        result.data = _shuffled(result.data)
        return result

    def reshape(original: Any, builder: Any, block: Any, shape: Any, may_reorder: Any) -> Any:
        result = original(builder, block, shape, may_reorder)
        if may_reorder:
            result.data = _shuffled(result.data)
        return result

    replace(interpreter.InterpreterBuilder, "create_cat", concatenate)
    replace(interpreter.InterpreterBuilder, "create_reshape", reshape)
