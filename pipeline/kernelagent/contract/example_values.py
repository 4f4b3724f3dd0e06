"""Expressions for the example inputs of a subgraph: text, which the module's own process evaluates."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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


def seen_from(value: Any) -> Seen | None:
    """Of what a worker reports; ``None`` where that says nothing of use."""
    if not isinstance(value, (list, tuple)) or len(value) != 3 or not all(isinstance(v, (int, float)) for v in value):
        return None
    return Seen(*map(float, value)) if all(math.isfinite(v) for v in value) else None


def filled(shape: Sequence[int], dtype: str, fill: str = "", seen: Seen | None = None) -> str:
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
        return f"torch.randint(0, 2, {sizes}, dtype=torch.{dtype})"
    if seen is not None and not fill:
        return seen.expression(sizes, dtype)
    return f"torch.{'rand' if fill == 'rand' else 'randn'}({sizes}, dtype=torch.{dtype})"


def _short(value: float) -> str:
    return f"{value:.{DIGITS}g}" if value else "0.0"
