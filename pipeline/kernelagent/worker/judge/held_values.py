"""Large numbers that a module holds against nothing but its inputs' integers: where a 16-bit sample is held at 32,767,
no row has to be longer than that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.static.numbers import LARGEST_BESIDE_VALUES

_HOLDS = frozenset(
    {"clamp", "clamp_min", "clamp_max", "minimum", "maximum", "hardtanh", "lt", "le", "gt", "ge", "eq", "ne"}
)


class HeldValues(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call on ``inputs``. What is made of them alone are values, also where it is added up; positions, and
    what is made of a buffer, are not."""

    def __init__(self, inputs: Iterable[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._values = {id(leaf): leaf for leaf in inputs if isinstance(leaf, torch.Tensor)}
        self._held: set[int] = set()
        self._otherwise: set[int] = set()

    @property
    def numbers(self) -> frozenset[int]:
        """Without their signs."""
        return frozenset(self._held - self._otherwise)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        leaves = tree_leaves((args, kwargs or {}))
        tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        numbers = {abs(int(n)) for n in leaves if type(n) in (int, float) and _is_large(n)}
        are_values = bool(tensors) and all(id(t) in self._values or t.numel() == 1 for t in tensors)
        is_held = are_values and str(func._schema.name).partition("::")[2].rstrip("_") in _HOLDS
        (self._held if is_held else self._otherwise).update(numbers)
        result = func(*args, **(kwargs or {}))
        if are_values and any(id(t) in self._values for t in tensors):
            self._values |= {id(leaf): leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)}
        return result


def _is_large(number: float) -> bool:
    return LARGEST_BESIDE_VALUES < abs(number) < 2.0**62 and float(number).is_integer()
