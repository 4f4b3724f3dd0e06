"""Integers between small and large ones: of every magnitude, beside round ones, and such as have large products.

Float32 has every integer up to 2**24. An example's are mostly fewer, and of those near the end of a type most results
are saturated; what is computed in float32 shows between, and beside the numbers at which integer results step.
"""

from __future__ import annotations

import torch

from kernelagent.worker.judge.integer_reach import Reach, of_every_magnitude, signed, with_values
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.rests_on_rounding import settled
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

EVERY: Values = "integers of every magnitude"
ROUND: Values = "integers beside round ones"
PRODUCTS: Values = "integers of large products"
MAGNITUDES = (EVERY, ROUND, PRODUCTS)
_FACTORS = (12.0, 15.5)
"""Powers of two between which two factors lie whose product is past 2**24, and below 2**31."""


def with_magnitudes(model: torch.nn.Module, specimen: Specimen, reach: Reach, values: Values, seed: int) -> Specimen:
    """All integer inputs within ``reach``. Raises ``NoCase`` where none is, or all stepwise results rest on a rounding;
    and what the module raises on them together."""
    given = {name: tensor for name, tensor in named_tensors(specimen) if name in reach}
    if not given or (values == PRODUCTS and len(given) < 2):
        raise NoCase("no integers may be so large")
    generator = torch.Generator().manual_seed(seed)

    def drawn(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if values == PRODUCTS:
            most = min(_FACTORS[1], reach[name])
            return of_every_magnitude(tensor, most, generator, min(_FACTORS[0], most - 1))
        if values == EVERY:
            return of_every_magnitude(tensor, reach[name], generator)
        return _beside_round(tensor, reach[name], generator)

    return settled(model, with_values(specimen, {name: drawn(name, t) for name, t in given.items()}), [specimen])


def _beside_round(tensor: torch.Tensor, bits: int, generator: torch.Generator) -> torch.Tensor:
    """Powers of two and of ten, squares and triangular numbers, each with those beside it."""
    magnitude = torch.rand(tensor.shape, generator=generator, dtype=torch.float64) * bits
    root = torch.exp2(magnitude / 2).long()
    kinds = [
        torch.ones_like(root) << magnitude.long(),
        torch.tensor([10**n for n in range(19)])[(magnitude / 3.33).long()],
        root * root,
        root * (root + 1) // 2,
    ]
    which = torch.randint(len(kinds), tensor.shape, generator=generator)
    found = torch.stack(kinds).gather(0, which[None])[0] + torch.randint(-1, 2, tensor.shape, generator=generator)
    return signed(found.clamp(0, 2**bits - 1), tensor, generator).to(tensor.dtype)
