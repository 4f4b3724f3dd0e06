"""Expressions for the example inputs of a subgraph: text, which the module's own process evaluates."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST = 1 << 62
"""Integers between this and its negative can be drawn."""
DIGITS = 3
"""Of a mean or a deviation: the example is to be like what was seen, not equal to it."""


@dataclass(frozen=True)
class Seen:
    """What a tensor of floats held when the module ran."""

    mean: float
    std: float
    lowest: float

    def expression(self, shape: str, dtype: str) -> str:
        """Normal values of that mean and deviation, none below 0 where none was. A tensor of one value gets a tenth of
        it as its deviation: equal values would not tell a kernel that leaves the tensor out."""
        std = self.std or 0.1 * abs(self.mean) or 0.1
        text = f"torch.normal({_short(self.mean)}, {_short(std)}, {shape}, dtype=torch.{dtype})"
        return f"{text}.clamp_min({_short(max(0.0, self.lowest - std))})" if self.lowest >= 0 else text


@dataclass(frozen=True)
class SeenIntegers:
    lowest: int
    highest: int

    def expression(self, shape: str, dtype: str) -> str:
        return f"torch.randint({self.lowest}, {self.highest + 1}, {shape}, dtype=torch.{dtype})"


def seen_from(value: Any) -> Seen | SeenIntegers | None:
    """Of what a worker reports; ``None`` where that says nothing of use."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, (int, float)) for v in value):
        return None
    if len(value) == 2 and all(isinstance(v, int) and -MOST <= v < MOST for v in value) and value[0] <= value[1]:
        return SeenIntegers(int(value[0]), int(value[1]))
    if len(value) != 3:
        return None
    return Seen(*map(float, value)) if all(math.isfinite(v) for v in value) else None


def filled(shape: Sequence[int], dtype: str, fill: str = "", seen: Seen | SeenIntegers | None = None) -> str:
    """A tensor of ``shape``: as the user's example fills it (``rand``, ``randint(0, 10)``), else as it was ``seen``,
    else by what ``dtype`` can hold. Raises ValueError for what is no dtype's name."""
    if not re.fullmatch(r"[a-z0-9_]+", dtype):
        raise ValueError(f"{dtype!r} is no dtype")
    sizes = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    if dtype == "bool":
        return f"(torch.rand({sizes}) > 0.5)"
    if fill.startswith("randint"):
        return f"torch.{fill[:-1]}, {sizes}, dtype=torch.{dtype})"
    if not dtype.startswith(("float", "bfloat")):
        if isinstance(seen, SeenIntegers):
            return seen.expression(sizes, dtype)
        return f"torch.randint(0, 2, {sizes}, dtype=torch.{dtype})"
    if isinstance(seen, Seen) and not fill:
        return seen.expression(sizes, dtype)
    return f"torch.{'rand' if fill == 'rand' else 'randn'}({sizes}, dtype=torch.{dtype})"


def _short(value: float) -> str:
    return f"{value:.{DIGITS}g}" if value else "0.0"
