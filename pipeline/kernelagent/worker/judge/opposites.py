"""Inputs each other's opposite, but for a length and a little noise, and rows of one input that are.

The cosine of two random vectors is hardly ever near -1. What a module does there (a straight way in place of one along
a sphere, an absolute value in a threshold) shows on nothing else.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

OPPOSITE: Values = "opposite each other"
NEARLY_OPPOSITE: Values = "nearly opposite each other"
OPPOSITE_ROWS: Values = "rows opposite each other"
OPPOSITES = (OPPOSITE, NEARLY_OPPOSITE, OPPOSITE_ROWS)
_NOISES = (2.0**-7, 0.0, 2.0**-4, 2.0**-11, 1 / 2)
"""Beside a row's root mean square, row by row in turn."""
_TIMES = (1.0, 2.0, 0.5, 0.75)


def with_opposites(specimen: Specimen, values: Values, seed: int) -> Specimen:
    """Of floating inputs of one shape and type all but the first are its opposite; for ``OPPOSITE_ROWS`` every other
    row of an input that of the one before it. Without rows that are just so, for ``NEARLY_OPPOSITE``. Raises ``NoCase``
    where there are none such."""
    generator = torch.Generator().manual_seed(seed)
    noises = _NOISES if values != NEARLY_OPPOSITE else tuple(noise for noise in _NOISES if noise)
    known: dict[tuple[torch.Size, torch.dtype], torch.Tensor] = {}
    is_changed = False

    def change(leaf: Any) -> Any:
        nonlocal is_changed
        is_meant = isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.dim() and leaf.numel()
        if not is_meant or leaf.dtype.itemsize == 1:
            return leaf
        if values == OPPOSITE_ROWS:
            rows = leaf.reshape(-1, leaf.shape[-1]).clone()
            if len(rows) < 2 or rows.shape[1] < 2:
                return leaf
            rows[1::2] = _opposite(rows[0::2][: len(rows) // 2], noises, generator)
            is_changed = True
            return rows.reshape(leaf.shape)
        first = known.setdefault((leaf.shape, leaf.dtype), leaf)
        is_changed |= first is not leaf
        return leaf if first is leaf else _opposite(first, noises, generator)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    if not is_changed:
        raise NoCase("no inputs are of one shape")
    return Specimen(args, kwargs, specimen.names)


def _opposite(tensor: torch.Tensor, noises: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    rows = tensor.reshape(-1, tensor.shape[-1]).double()
    number = torch.arange(len(rows))
    noise = torch.tensor(noises, dtype=torch.float64)[number % len(noises)][:, None]
    times = torch.tensor(_TIMES, dtype=torch.float64)[number % len(_TIMES)][:, None]
    away = noise * rows.square().mean(-1, keepdim=True).sqrt()
    drawn = torch.randn(rows.shape, generator=generator, dtype=torch.float64)
    return (-times * (rows + away * drawn)).reshape(tensor.shape).to(tensor.dtype)
