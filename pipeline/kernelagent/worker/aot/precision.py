"""What a kernel multiplies and adds up in: its own intermediate code says it."""

from __future__ import annotations

import re

ORDER = ("ieee", "tf32x3", "bf16x6", "bf16x3", "tf32")
"""From the most exact to the least."""

_PRODUCT = re.compile(r"tt\.dot\b.*?(?:inputPrecision = (\w+))?\s*:\s*tensor<[\dx]*x(\w+)>")


def products(ttir: str) -> str | None:
    """The least exact precision among products of float32 operands; ``None`` where there is no such product."""
    found = {match[1] or "ieee" for match in map(_PRODUCT.search, ttir.splitlines()) if match and match[2] == "f32"}
    return max(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER), default=None)


_SUM = re.compile(r"tt\.dot\b.*->\s*tensor<[\dx]*x(\w+)>")


def accumulator(ttir: str) -> str | None:
    """``f16`` or ``bf16`` where a product adds up in it; ``None`` where none does."""
    found = {match[1] for match in map(_SUM.search, ttir.splitlines()) if match}
    return min(found & {"f16", "bf16"}, default=None)


_REDUCTION = re.compile(r"tt\.reduce\b")
_ADDITION = re.compile(r"arith\.addf\b.*:\s*(b?f16)\b")


def sums(ttir: str) -> str | None:
    """``f16`` or ``bf16`` where a reduction adds up in it; ``None`` where none does."""
    found: set[str] = set()
    inside = False
    for line in ttir.splitlines():
        inside = inside or _REDUCTION.search(line) is not None
        if inside and (match := _ADDITION.search(line)):
            found.add(match[1])
        inside = inside and "tt.reduce.return" not in line
    return min(found, default=None)
