"""The table of operators that the synthesizer lowers: one function for each, registered by ATen name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

LOWERINGS: dict[str, Callable[..., Any]] = {}
"""``aten.gelu`` → function of ``(builder, node, **schema arguments)``; tensors arrive as :class:`Value`, sizes as
expressions, numbers as numbers. Returns a Value, or a tuple of them for an operator with several outputs."""


def lowers(*names: str) -> Callable[[F], F]:
    def register(function: F) -> F:
        for name in names:
            LOWERINGS[f"aten.{name}"] = function
        return function

    return register
