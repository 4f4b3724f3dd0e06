"""How many random numbers the module draws in a call, and how many different ones its kernel has.

Where two dropouts that follow each other share a mask, hardly a figure of the results shows it; but the kernel then
has fewer numbers than the module draws. It may do without for a good reason (blocks that a mask leaves out), so this is
told and not blamed.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

_DRAWING = re.compile(r"bernoulli_?|native_dropout|randn?(_like)?|uniform_|normal_")
_SEVERAL = re.compile(r"4x|philox|(?<!torch\.)randint|pair_uniform")
"""Where a kernel's file says so, one call of Philox may give several numbers."""
_MOST = 1 << 24
"""Numbers that are kept."""


class ModuleDraws(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is in force, PyTorch's operators that draw are counted."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count: int | None = 0
        """Random numbers; ``None`` once something drew of which that cannot be told."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if torch.Tag.nondeterministic_seeded in func.tags and self.count is not None:
            name = func._schema.name.partition("::")[2]
            first = result[0] if isinstance(result, (tuple, list)) else result
            self.count = self.count + first.numel() if _DRAWING.fullmatch(name) else None
        return result


class KernelDraws:
    """While ``watching``, every call of Philox is noted: the seed and the four counters of each lane."""

    def __init__(self) -> None:
        self.watching = False
        self._drawn: list[Any] = []
        self._kept = 0

    def note(self, *given: Any) -> None:
        """``given``: the seed and the counters, blocks of the interpreter's or numbers."""
        if self.watching and self._kept < _MOST:
            parts = np.broadcast_arrays(*(_numbers(value) for value in given))
            self._drawn.append(np.stack([part.reshape(-1) for part in parts], axis=1))
            self._kept += self._drawn[-1].size

    def different(self) -> int | None:
        """How many; ``None`` where there were too many to keep."""
        if not self._drawn or self._kept >= _MOST:
            return None
        return len(np.unique(np.concatenate(self._drawn), axis=0))

    def told(self, draws: int | None, source: str) -> str:
        """What is to be said of a call in which the module draws so many; ``source``: the kernel's file."""
        mine = self.different()
        if draws is None or mine is None or mine >= draws or _SEVERAL.search(source):
            return ""
        few = f"the kernel has {mine:,} numbers where the module draws {draws:,}"
        return f"Whether all that is drawn is independent: {few}"


def _numbers(value: Any) -> Any:
    value = getattr(value, "value", value)
    data = getattr(getattr(value, "handle", None), "data", value)
    return np.asarray(data).astype(np.uint64, casting="unsafe")
