"""Inputs of other signs and magnitudes for a rewritten module: what the original decides by values is to be seen both
ways, and an example's numbers seldom show it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

import torch

from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.judge.reference_run import same_bits
from kernelagent.worker.judge.tensorfile import tensors_in
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

_KINDS: dict[str, tuple[Values, float]] = {
    "large values": ("large", 1.0),
    "huge values": ("huge", 1.0),
    "values of either sign": ("signed", 1.0),
    "infinities": ("infinity", 1.0),
    "tiny values": ("tiny", 1.0),
    "negative values": ("positive", -1.0),
    "positive values": ("positive", 1.0),
    "values of many magnitudes": ("elements of many magnitudes", 1.0),
    "equal values": ("equal", 1.0),
    "NaN": ("nan", 1.0),
    "zeros and denormals": ("denormal", 1.0),
    "values far from zero": ("far", 1.0),
    "full and empty masks": ("full and empty masks", 1.0),
    "large integers": ("large integers", 1.0),
    "negative integers": ("negative integers", 1.0),
}
"""Name → kind of values, and what they are multiplied by; the more telling first."""
MOST_S = 4.0
"""Of processor time, for one call: with odd values a loop of the module's own may have no end."""


class TooLong(BaseException):
    """Not an ``Exception``: a handler of the module's own for those is no answer to it."""


def kinds() -> tuple[str, ...]:
    return tuple(_KINDS)


def varied(specimen: Specimen, kind: str, seed: int) -> Specimen | None:
    """``specimen`` with values of that kind; ``None`` where none of its tensors has any."""
    values, scale = _KINDS[kind]
    found = vary(specimen, values, seed, scale=scale)
    pairs = zip(_tensors(found), _tensors(specimen), strict=True)
    return None if all(same_bits(ours, theirs) for ours, theirs in pairs) else found


@contextlib.contextmanager
def bounded(seconds: float = MOST_S) -> Iterator[None]:
    """Raises ``TooLong`` in what takes longer; on Windows, which has no such timer, it may."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(number: int, frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def _tensors(specimen: Specimen) -> Iterator[torch.Tensor]:
    yield from (tensor for _, tensor in tensors_in([list(specimen.args), dict(specimen.kwargs)]))
