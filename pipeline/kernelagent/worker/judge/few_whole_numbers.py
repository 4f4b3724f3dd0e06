"""So few whole numbers that whatever a module compares is equal often, in one column and not in another.

``>=`` for ``>`` shows where two compared floats are equal. Of randomly drawn ones none are; of whole numbers from -3 to
3 some, but hardly ever a corner of a polygon, the next corner, and a point all at one height.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import ties
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

FEW_WHOLE: Values = "few whole numbers"
_PALETTES = ((0.0, 1.0, 2.0), (0.0, 1.0), (1.0, 2.0), (0.0, 1.0, 2.0, 4.0))
_ORDERS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_BOUNDS = frozenset({"abs", "clamp", "clamp_min", "clamp_max", "hardtanh", "minimum", "maximum", "sign", "sgn"})


class Ordered(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call of a module: whether it compares floats with each other, and whether with anything, or bounds
    them or asks for their signs."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.each_other = self.anything = self.bounds = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        if name in _ORDERS or name in _BOUNDS:
            tensors = [leaf for leaf in args if isinstance(leaf, torch.Tensor)]
            if any(t.is_floating_point() for t in tensors):
                self.bounds = True
                self.anything |= name in _ORDERS
                self.each_other |= name in _ORDERS and len(tensors) > 1 and all(t.numel() > 1 for t in tensors)
        return func(*args, **(kwargs or {}))


def with_few_whole_numbers(model: torch.nn.Module, specimen: Specimen, seed: int) -> Specimen:
    """All floats of few whole numbers, the first such choice that decides something that every exact arithmetic gives,
    and nothing that another order of operations may turn. Raises ``NoCase`` where none does."""
    for palette in _PALETTES:
        generator = torch.Generator().manual_seed(seed)

        def change(leaf: Any, values: Any = palette, generator: torch.Generator = generator) -> Any:
            is_meant = isinstance(leaf, torch.Tensor) and leaf.is_floating_point()
            return ties.drawn(leaf, values, generator) if is_meant else leaf

        args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
        found = Specimen(args, kwargs, specimen.names)
        if ties.are_met(model, found):
            return found
    raise NoCase("nothing is decided on values that every exact arithmetic gives")
