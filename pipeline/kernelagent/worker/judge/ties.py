"""Inputs on which a comparison or a rounding of the module's own stands exactly at its edge.

``>`` and ``>=`` differ at one number only, rounding half up and half to even at every other half. Random values never
meet these; here all values are the module's own numbers, halves and whole numbers. Nothing is asked where another sound
order of operations would turn the edge: the numbers must be short binary fractions, and what is compared or rounded
too, so that every arithmetic that can be called exact gives just the same.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.worker.judge import reference_run
from kernelagent.worker.problem import Specimen

_DECIDES = frozenset(
    {
        *("round", "floor", "ceil", "trunc", "fix", "frac", "sign", "sgn", "heaviside", "hardshrink", "threshold"),
        *("eq", "ne", "lt", "le", "gt", "ge", "isin", "bucketize", "searchsorted", "fmod", "remainder"),
        *("floor_divide", "logical_not", "nonzero", "signbit"),
    }
)
"""Operators whose result jumps somewhere."""
_MOST_NUMBERS, _LARGEST = 12, 64.0
_PLAIN = (0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0, 2.5, -2.5, 3.0)


def palette(model: torch.nn.Module, specimen: Specimen) -> tuple[float, ...]:
    """The values to draw from. Raises ``ValueError`` where the module decides nothing on values that are sure."""
    with Heard() as heard:
        reference_run.run(model, specimen)
    if not heard.decides:
        raise ValueError("it neither compares nor rounds")
    numbers = [n for n in heard.numbers if isinstance(n, float)]
    if not all(_is_short(n) for n in numbers):
        raise ValueError("its own numbers are no short binary fractions")
    near = [float(n) for n in heard.numbers if abs(n) <= _LARGEST][:_MOST_NUMBERS]
    return tuple(dict.fromkeys([*_PLAIN, *near, *(-n for n in near)]))


def are_met(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether something is decided on values of ``specimen`` that every exact arithmetic gives."""
    with Heard() as heard:
        reference_run.run(model, specimen)
    return bool(heard.is_sure)


def drawn(tensor: torch.Tensor, values: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    """``tensor``'s shape and dtype, of ``values``."""
    chosen = torch.tensor(values, dtype=torch.float64)[torch.randint(len(values), tensor.shape, generator=generator)]
    return chosen.to(tensor.dtype)


class Heard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The numbers that operators are called with, and what is decided."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers: dict[float | int, None] = {}
        self.counts: dict[int, None] = {}
        """Those that integers are computed with or compared to."""
        self.decides = False
        self.is_sure = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        leaves = tree_leaves((args, kwargs or {}))
        tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        floats = [t for t in tensors if t.is_floating_point()]
        given = [n for n in leaves if isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n)]
        result = func(*args, **(kwargs or {}))
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        if not func.is_view:
            self.numbers |= dict.fromkeys(given)
            if tensors and not floats:
                self.counts |= {int(n): None for n in given if isinstance(n, int)}
        if floats and (name in _DECIDES or _rounds(name, kwargs or {}) or _truncates(name, result)):
            self.decides = True
            self.is_sure |= all(t.numel() > 0 and _are_short(t) for t in floats)
        return result


def _rounds(name: str, kwargs: dict[str, Any]) -> bool:
    return name == "div" and kwargs.get("rounding_mode") is not None


def _truncates(name: str, result: Any) -> bool:
    is_whole = isinstance(result, torch.Tensor) and not (result.is_floating_point() or result.is_complex())
    return name in ("_to_copy", "copy") and is_whole and result.dtype != torch.bool


def _is_short(number: float) -> bool:
    return _are_short(torch.tensor(number, dtype=torch.float64))


def _are_short(values: torch.Tensor) -> bool:
    """Whether 16 bits hold them, infinities aside."""
    exact = values.double()
    return bool((exact.half().double() == exact).all())
