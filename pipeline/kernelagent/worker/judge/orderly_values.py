"""Values in an order that random ones never have, which a module may ask for: rising, mirrored, ones and zeros."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

ORDERLY: tuple[Values, ...] = (
    "values between 0 and 1",
    "zeros and ones",
    "rising values",
    "mirrored values",
    "unit matrices",
    "one value",
)


def orderly(specimen: Specimen, values: Values, seed: int) -> Specimen:
    """Inputs of floats in the order that ``values`` names, along their last dimension."""
    generator = torch.Generator().manual_seed(seed)

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or not leaf.dim():
            return leaf
        return _made(leaf.shape, values, generator).to(leaf.dtype)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _made(shape: torch.Size, values: Values, generator: torch.Generator) -> torch.Tensor:
    drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
    if values == "values between 0 and 1":
        return drawn
    if values == "zeros and ones":
        return drawn.round()
    if values == "rising values":
        return (drawn * 4 - 2).sort(dim=-1).values
    if values == "mirrored values":
        return drawn - 0.5 + (drawn - 0.5).flip(-1)
    if values == "unit matrices":
        rows = shape[-2] if len(shape) > 1 else 1
        return torch.eye(rows, shape[-1], dtype=torch.float64).expand(*shape[:-2], rows, -1).reshape(shape).clone()
    return torch.full(shape, 0.75, dtype=torch.float64)
