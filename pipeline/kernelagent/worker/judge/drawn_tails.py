"""How far out values go: shares of elements beyond some multiples of each element's own spread, above and below.

A normal distribution cut off, or one with heavier tails than the module's, has the same mean and nearly its spread.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

BEYOND = (1.517, 2.033, 2.511, 3.037, 3.529)
"""Multiples, none of which two values in simple proportions have."""
FEW = 8.0
"""Events that an expectation of none may still bring, in the variance."""


def shares(
    module: torch.Tensor, kernel: torch.Tensor, middle: torch.Tensor, spread: torch.Tensor, live: torch.Tensor
) -> Iterator[tuple[str, float, float, float]]:
    """Name, the candidate's share, the module's, and standard errors between them. ``module`` and ``kernel``: values,
    (calls, elements); ``middle``, ``spread`` and ``live`` for each element."""
    count = float(live.sum())
    standard, mine = ((values - middle) / spread.clamp(min=1e-300) for values in (module, kernel))
    lump = max(_lump(standard.abs() > t, live) for t in (0.5, 1.0, *BEYOND[:2]))
    for beyond in BEYOND:
        for name, sign in (("above", 1.0), ("below", -1.0)):
            want, got = ((((sign * z) > beyond) & live).sum(1).double() for z in (standard, mine))
            calls = len(got)
            variance = calls * float(want.var()) * (1.0 + calls / len(want)) + FEW * lump**2
            apart = float(got.sum() - calls * want.mean()) / variance**0.5
            yield (
                f"share of elements more than {beyond:.1f} deviations {name} their mean",
                float(got.mean()) / count,
                float(want.mean()) / count,
                apart,
            )


def _lump(events: torch.Tensor, live: torch.Tensor) -> float:
    """How many elements, in the mean, have an event together: 1 where they are independent."""
    events = events & live
    alone = float((events.double().mean(0) * (1 - events.double().mean(0))).sum())
    return max(float(events.sum(1).double().var()) / alone, 1.0) if alone > 0 else 1.0
