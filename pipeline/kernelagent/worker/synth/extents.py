"""Sizes that are made of others (``s1 - 2``, ``(s1 + 1) // 2``), held as symbols of their own.

Products of sums fall apart when they are expanded, and with them the divisions by which a flat index is taken apart:
the
index algebra sees ``s1 - 2`` as one size that it knows nothing of but that it is positive. What it is made of comes
back where it is printed, evaluated or compared.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

import sympy


class Extent(sympy.Symbol):  # type: ignore[misc]
    """A size with a definition over the free sizes. Two of equal definition are the same symbol."""

    definition: Any

    def __new__(cls, definition: Any) -> Extent:
        made: Extent = super().__new__(cls, str(definition), integer=True, positive=True)
        made.definition = definition
        return made

    @property
    def label(self) -> str:
        """A name for a variable that holds it."""
        text = self.name.replace(" - ", "_minus_").replace(" + ", "_plus_")
        return text if re.fullmatch(r"\w{1,16}", text) else "size"


def defined(expression: Any) -> Any:
    """The expression over the free sizes alone."""
    return expression.xreplace({a: a.definition for a in expression.atoms(Extent)})


@functools.lru_cache(maxsize=65536)
def extent(size: Any) -> Any:
    """A size as the index algebra likes it: a product of numbers, free sizes and extents."""
    whole = defined(sympy.sympify(size))
    if whole.is_Integer or whole.is_Symbol:
        return whole
    factors = sympy.Mul.make_args(sympy.factor(whole))
    return sympy.Mul(*(f if _simple(f) else Extent(sympy.expand(f)) for f in factors))


def _simple(factor: Any) -> bool:
    return bool(factor.is_number or factor.is_Symbol or (factor.is_Pow and factor.base.is_Symbol))


def extents(shape: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(extent(size) for size in shape)


def stride_extents(strides: Sequence[Any]) -> tuple[Any, ...]:
    """Strides as PyTorch writes them, ``12*Max(1, s0//4)``, where no size is 0."""
    plain = [
        sympy.sympify(s).replace(
            lambda e: isinstance(e, sympy.Max) and len(e.args) == 2 and e.args[0] == 1, lambda e: e.args[1]
        )
        for s in strides
    ]
    return extents(plain)
