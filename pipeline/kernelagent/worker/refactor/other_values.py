"""Inputs of other signs and magnitudes for a rewritten module: what the original decides by values is to be seen both
ways, and an example's numbers seldom show it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from kernelagent.worker.judge.asked_values import Asked
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.judge.orderly_values import ORDERLY
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.tensors import tensors_in


class Varying(Protocol):
    """A kind of values."""

    @property
    def name(self) -> str: ...

    def of(self, specimen: Specimen, seed: int) -> Specimen: ...


@dataclass(frozen=True)
class Kind:
    name: str
    values: Values
    scale: float = 1.0
    """What they are multiplied by."""

    def of(self, specimen: Specimen, seed: int) -> Specimen:
        return vary(specimen, self.values, seed, scale=self.scale)


KINDS: tuple[Varying, ...] = (
    Kind("large values", "large"),
    Kind("huge values", "huge"),
    Kind("values of either sign", "signed"),
    Kind("infinities", "infinity"),
    Kind("tiny values", "tiny"),
    Kind("negative values", "positive", -1.0),
    Kind("positive values", "positive"),
    Kind("values of many magnitudes", "elements of many magnitudes"),
    Kind("equal values", "equal"),
    Kind("NaN", "nan"),
    Kind("zeros and denormals", "denormal"),
    Kind("values far from zero", "far"),
    Kind("full and empty masks", "full and empty masks"),
    Kind("large integers", "large integers"),
    Kind("negative integers", "negative integers"),
    *(Asked(kind, kind) for kind in ORDERLY),
)
"""The more telling first."""
MOST_S = 4.0
"""Of processor time, for one call: with odd values a loop of the module's own may have no end."""


class TooLong(BaseException):
    """Not an ``Exception``: a handler of the module's own for those is no answer to it."""


def varied(specimen: Specimen, kind: Varying, seed: int) -> Specimen | None:
    """``specimen`` with values of that kind; ``None`` where none of its tensors has any."""
    found = kind.of(specimen, seed)
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
