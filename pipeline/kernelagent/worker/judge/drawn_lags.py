"""Do elements some distance apart, at any distance, share what they draw? All distances in memory at once.

A kernel that leaves out its program's number draws the same in every block: its mask repeats. Elements of whatever sign
and scale are made comparable in two ways: the square of an element's place (``drawn_samples.py``) less its mean, which
tells what is rarely dropped from what is mostly kept; and the product of its places in two calls, which does so
where both are as frequent. Of each the correlation with itself, at every distance, comes from one Fourier transform.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

LIMIT = 10.0
"""Standard errors: of more distances than there are figures of another kind."""
LEAST = 0.05
"""Of what is shared: less is not told."""
LARGEST_TERM = 24.0
"""Products of the largest size, 1, that a sum may hold beyond what is expected: by Bernstein's inequality a sum of few
large terms comes to more in 1e-15 of all cases."""
OVERLAP = 4
"""Distances up to this part of all elements, from the far end, are left out: few pairs are so far apart."""
NEARLY = 0.8
PAIRS = 100
MOST_CALLS = 40
"""Of the module's, whose squares are compared."""


@dataclass(frozen=True)
class Repeat:
    """The distance at which the candidate's elements have most in common beyond the module's own."""

    distance: int
    got: float
    """Share of it that elements so far apart have in common: 1 where they are the same."""
    want: float
    passed: bool
    distances: int
    """So many were looked at."""


def repeats(known: torch.Tensor, got: torch.Tensor, live: torch.Tensor, lump: float) -> list[Repeat]:
    """The worst of each way. ``known`` and ``got``: places of the module's and of the candidate's calls, (calls,
    elements in memory); ``live``: elements that vary; ``lump``: how many move together."""
    found = []
    middle = (known**2).mean(0)
    few = known[:MOST_CALLS]
    for module, kernel in (
        ((few**2 - middle) * live, (got**2 - middle) * live),
        (_products(known), _products(got)),
    ):
        worst = _worst(module, kernel, live, lump)
        found += [] if worst is None else [worst]
    return found


def _products(units: torch.Tensor) -> torch.Tensor:
    calls = len(units) // 2 * 2
    return units[0:calls:2] * units[1:calls:2]


def _worst(module: torch.Tensor, kernel: torch.Tensor, live: torch.Tensor, lump: float) -> Repeat | None:
    own = float((module**2).sum() / len(module))
    if own < 1e-12:
        return None
    pairs = _with_itself(live.double()[None])[0].round()
    length = live.numel() - live.numel() // OVERLAP
    at = torch.arange(1, length)
    at = at[pairs[1:length] >= max(float(PAIRS), float(pairs[0]) / (2 * OVERLAP))]
    if not at.numel():
        return None
    share = pairs[at] / pairs[0] * own
    want, got = (_with_itself(calls)[:, at] / share for calls in (module, kernel))
    spread = want.std(0)
    error = torch.maximum(spread, spread.square().mean().sqrt()) * (1 / len(want) + 1 / len(got)) ** 0.5
    term = LARGEST_TERM * lump / (share * len(kernel))
    apart = got.mean(0) - want.mean(0)
    most = torch.maximum(LIMIT * error + term, torch.full_like(error, LEAST))
    by = apart.abs() / most
    worst = int(
        (by >= NEARLY * by.max()).int().argmax()
    )  # the nearest of those that are as bad: a period, not multiples
    return Repeat(
        int(at[worst]),
        float(got.mean(0)[worst]),
        float(want.mean(0)[worst]),
        float(apart[worst].abs()) <= float(most[worst]),
        at.numel(),
    )


def _with_itself(rows: torch.Tensor) -> torch.Tensor:
    """For each row, by distance: the sum of products of elements so far apart."""
    length = rows.shape[1]
    size = _quick(2 * length - length // OVERLAP)
    found: torch.Tensor = torch.fft.irfft(torch.fft.rfft(rows.float(), n=size).abs().square(), n=size)[:, :length]
    return found.double()


def _quick(least: int) -> int:
    """The smallest number of the form 2ᵃ or 3·2ᵃ that is no less: transforms of such lengths are quick."""
    power = 1 << max(math.ceil(math.log2(least)), 2)
    return power * 3 // 4 if power * 3 // 4 >= least else power
