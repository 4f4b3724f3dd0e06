"""Is a random result drawn from the distribution that the module draws from? Figures of whole calls, and how far apart.

Derived in docs/verification.md. Of the module's own calls the first half says what each element is on average and how
far it strays; the second half and the candidate's calls are put in these units and reduced to figures, each a mean over
many elements: size, spread, share of zeros, sums along an axis, neighbours, and one call against the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

SEED = 7919
"""Of the first call; the others count up."""
CALLS = 8
"""Of the candidate."""
REFERENCE_CALLS = 160
LEAST_REFERENCE_CALLS = 40
MOST_ELEMENTS = 1 << 24
"""Of all calls of the reference together."""
LIMIT = 8.0
"""Standard errors by which a figure may differ."""
GROUPS = 16
"""So many sums along an axis make a figure."""


@dataclass(frozen=True)
class Difference:
    name: str
    """What of the result is compared: ``share of zeros``"""
    got: float
    want: float
    errors: float
    """Standard errors between the two."""

    @property
    def passed(self) -> bool:
        return abs(self.errors) <= LIMIT


def differences(reference: Sequence[torch.Tensor], candidate: Sequence[torch.Tensor]) -> list[Difference]:
    """Figures of one output. ``reference`` and ``candidate`` are results of calls with different seeds."""
    calls = torch.stack([t.double() for t in reference])
    half = len(reference) // 2
    middle, spread = calls[:half].mean(0), calls[:half].std(0)
    live = spread > 1e-9 * calls[:half].abs().amax().clamp(min=1e-30)
    if not bool(live.any()):
        return []
    unit = torch.where(live, spread, torch.ones_like(spread))

    def figures(group: torch.Tensor) -> dict[str, torch.Tensor]:
        return _figures(group, torch.where(live, (group - middle) / unit, torch.zeros_like(group)), live)

    want = figures(calls[half:])
    got = figures(torch.stack([t.double() for t in candidate]))
    found = []
    for name, values in want.items():
        mine = got[name]
        error = float(values.std()) * (1 / len(values) + 1 / len(mine)) ** 0.5
        apart = float(mine.mean() - values.mean())
        tiny = 1e-9 * max(float(values.abs().max()), 1e-30)
        found.append(Difference(name, float(mine.mean()), float(values.mean()), apart / max(error, tiny)))
    return found


def _figures(values: torch.Tensor, units: torch.Tensor, live: torch.Tensor) -> dict[str, torch.Tensor]:
    """Each with one number for each call, or for each pair of calls."""
    count = float(live.sum())

    def over(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.flatten(1).sum(1)

    found = {
        "size": over(units) / count,
        "spread": over(units**2) / count,
        "share of zeros": over(((values == 0) & live).double()) / count,
        "one call and the next": over(units[0::2][: len(units) // 2] * units[1::2]) / count,
    }
    for axis in range(1, units.dim()):
        length = units.shape[axis]
        if length < 2:
            continue
        sums = units.sum(axis)
        if sums[0].numel() >= GROUPS:
            found[f"sums along dimension {axis - 1}"] = over(sums**2) / count
        before, after = units.narrow(axis, 0, length - 1), units.narrow(axis, 1, length - 1)
        found[f"neighbours along dimension {axis - 1}"] = over(before * after) / count
    return found
