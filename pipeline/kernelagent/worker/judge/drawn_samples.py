"""Is a random result drawn from the distribution that the module draws from? Figures of calls, and how far apart.

Derived in docs/verification.md. The second half of the module's own calls and the candidate's are put in units: each
element's place among its values in the first half, from -1 to 1. Those are reduced to figures, each a mean over many
elements. Some are of one call: size, spread, share of zeros, sums along an axis, tails (``drawn_tails.py``). Others
are of a group of calls: how far elements stay the same from call to call, or two elements some steps apart, or in the
same place of two outputs, go up and down together; and how far their spread changes along an axis. That no two elements
at whatever distance do is seen in ``drawn_lags.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from kernelagent.worker.judge import drawn_lags, drawn_tails

SEED = 7919
"""Of the first call; the others count up."""
CALLS = 8
"""Of the candidate: a group."""
REFERENCE_CALLS = 160
LEAST_REFERENCE_CALLS = 40
MOST_ELEMENTS = 1 << 24
"""Of all calls of the reference together."""
LIMIT = 8.0
"""Standard errors by which a figure may differ."""
SUMS = 16
"""So many sums along an axis make a figure."""
TIE = 1e-2
"""Values that differ by less than this share of an element's spread are the same value, differently rounded."""
RARE = 24.0
"""Events in one call of a group that may come on top of what is expected: by Bernstein's inequality, of bounded terms
that are as rare as one likes, at 1e-15."""
ROUNDINGS = 8
GROUPS = 32
"""Chosen out of the reference's calls."""
STEPS = (1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128)
"""How far apart elements are that are compared along an axis."""
MUCH = 1 << 14
"""Elements from which on those some steps apart are only compared by their distance in memory, which says as much."""
PAIRS = 100
"""So many make a figure: of few, a mean of squares has a long tail."""
IN_MEMORY = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
"""The same for all elements as they lie one after another: a kernel's blocks."""


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


Figure = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Together = Callable[[torch.Tensor], torch.Tensor]


def differences(reference: Sequence[torch.Tensor], candidate: Sequence[torch.Tensor]) -> list[Difference]:
    """Figures of one output. ``reference`` and ``candidate`` are results of calls with different seeds."""
    drawn = _Drawn(reference, candidate)
    if not bool(drawn.live.any()):
        return []
    count, shaped = float(drawn.live.sum()), drawn.live.reshape(drawn.known.shape[1:])
    found = []
    for name, figure in _of_a_call(shaped, drawn.side.reshape(shaped.shape), count, drawn.known.shape):
        want, values = figure(drawn.rest, drawn.known), figure(drawn.mine, drawn.got)
        found.append(_difference(name, want, values.mean(), 1 / len(want) + 1 / len(values)))
    tails = drawn_tails.shares(drawn.rest.flatten(1), drawn.mine.flatten(1), drawn.middle, drawn.spread, drawn.live)
    found += [Difference(*told) for told in tails]
    for name, together in _of_a_group(count, drawn.known.shape):
        found.append(_of_groups(name, together, drawn.known, drawn.got, drawn.lump / count))
    return found


def repeats(reference: Sequence[torch.Tensor], candidate: Sequence[torch.Tensor]) -> list[drawn_lags.Repeat]:
    """Distances at which elements of one output share what they draw."""
    drawn = _Drawn(reference, candidate)
    return drawn_lags.repeats(drawn.known.flatten(1), drawn.got.flatten(1), drawn.live, drawn.lump)


def between(
    reference: Sequence[Sequence[torch.Tensor]], candidate: Sequence[Sequence[torch.Tensor]]
) -> list[Difference]:
    """The figure of two outputs, each given by its calls as in :func:`differences`: whether elements in the same place
    in memory go up and down together, as they do where two dropouts have one mask."""
    one, other = (_Drawn(*calls) for calls in zip(reference, candidate, strict=True))
    length = min(len(one.live), len(other.live))
    live = one.live[:length] & other.live[:length]
    if not bool(live.any()):
        return []
    known = one.known.flatten(1)[:, :length] * other.known.flatten(1)[:, :length]
    got = one.got.flatten(1)[:, :length] * other.got.flatten(1)[:, :length]
    count = float(live.sum())
    share = max(one.lump, other.lump) / count
    return [
        _of_groups("elements in the same place", lambda units: (units.mean(0) ** 2).sum() / count, known, got, share)
    ]


class _Drawn:
    """The calls of one output, those of the reference's second half and the candidate's also in units."""

    def __init__(self, reference: Sequence[torch.Tensor], candidate: Sequence[torch.Tensor]) -> None:
        calls = _stacked(reference)
        self._half = len(reference) // 2
        known_calls = calls[: self._half].flatten(1)
        self.middle, self.spread = known_calls.mean(0), known_calls.std(0)
        self.side = torch.where(self.middle < self.middle.median(), -1.0, 1.0).double()
        """For each element, which side of the others its mean is on: what is dropped goes towards the middle."""
        self.live = self.spread > 1e-9 * known_calls.abs().amax().clamp(min=1e-30)
        """For each element as they lie in memory: whether it varies."""
        self._in_order = known_calls.t().contiguous().sort(1).values
        self._grain = torch.finfo(reference[0].dtype).eps * ROUNDINGS
        self.rest, self.mine = calls[self._half :], _stacked(candidate)
        self.known, self.got = self._units(self.rest), self._units(self.mine)
        units = self.known.flatten(1)
        self.lump = max(_lump(units**2), _lump(units * self.side))
        """How many elements, in the mean, move together: 1 where they are independent."""

    def _units(self, group: torch.Tensor) -> torch.Tensor:
        values = group.flatten(1).t().contiguous()
        near = TIE * self.spread[:, None] + self._grain * values.abs()
        below = torch.searchsorted(self._in_order, values - near)
        above = torch.searchsorted(self._in_order, values + near, right=True)
        places = (below + above).double() / self._half - 1.0
        return (places * self.live[:, None]).t().reshape(group.shape)


def _lump(units: torch.Tensor) -> float:
    alone = float(units.var(0).sum())
    return max(float(units.sum(1).var()) / alone, 1.0) if alone > 0 else 1.0


def _stacked(results: Sequence[torch.Tensor]) -> torch.Tensor:
    """In float64, by call; a single number is a row of one."""
    return torch.stack([t.double().reshape(t.shape or (1,)) for t in results])


def _of_groups(name: str, together: Together, known: torch.Tensor, got: torch.Tensor, share: float) -> Difference:
    """``share``: of one lump of elements in the mean. Of what hardly ever happens, the groups may have seen nothing."""
    chosen = torch.Generator().manual_seed(SEED)
    groups = [torch.randperm(len(known), generator=chosen)[: len(got)] for _ in range(GROUPS)]
    want = torch.stack([together(known[group]) for group in groups])
    hardly = max(1.0 - 4.0 * float((known**2).mean()), 0.0)  # 1/4 is the variance of what is dropped by one half
    rare = RARE * hardly * share / len(got) ** 2
    return _difference(name, want, together(got), 1.0 + 1 / GROUPS, rare)


def _difference(name: str, want: torch.Tensor, got: torch.Tensor, share: float, rare: float = 0.0) -> Difference:
    """``want`` are the figure's values in the reference, ``share`` is the variance of the difference in theirs,
    ``rare`` what may come of it beyond that."""
    error = float(want.std()) * share**0.5
    tiny = 1e-9 * max(float(want.abs().max()), 1.0)  # what is nothing in units of an element's spread is rounding
    apart = float(got - want.mean())
    return Difference(name, float(got), float(want.mean()), apart / (max(error, tiny) + rare / LIMIT))


def _of_a_call(live: torch.Tensor, side: torch.Tensor, count: float, shape: torch.Size) -> Iterator[tuple[str, Figure]]:
    """From values and the same in units to one number for each call."""

    def over(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.flatten(1).sum(1) / count

    yield "size", lambda values, units: over(units)
    yield "size, away from the middle", lambda values, units: over(units * side)
    yield "spread", lambda values, units: over(units**2)
    yield "share of zeros", lambda values, units: over(((values == 0) & live).double())
    for axis in range(1, len(shape)):
        if shape[axis] > 1 and shape[1:].numel() // shape[axis] >= SUMS:
            yield f"sums along dimension {axis - 1}", lambda values, units, axis=axis: over(units.sum(axis) ** 2)  # type: ignore[misc]


def _of_a_group(count: float, shape: torch.Size) -> Iterator[tuple[str, Together]]:
    """From the units of some calls to one number. The mean over calls of what is independent is small, whatever its
    sign in each element: its square is the reciprocal of their number."""
    yield "one call and another", lambda units: (units.mean(0) ** 2).sum() / count

    def apart(axis: int, step: int, flat: bool) -> Together:
        def together(units: torch.Tensor) -> torch.Tensor:
            lined = units.flatten(1) if flat else units
            length = lined.shape[axis] - step
            products = lined.narrow(axis, 0, length) * lined.narrow(axis, step, length)
            return (products.mean(0) ** 2).sum() / count

        return together

    def along(axis: int) -> Together:
        others = [dim for dim in range(len(shape)) if dim != axis]
        return lambda units: (units**2).mean(others).std(correction=0)  # of few places a variance has a long tail

    elements = shape[1:].numel()
    for axis in range(1, len(shape)):
        if shape[axis] > 1:
            yield f"spread along dimension {axis - 1}", along(axis)
        for step in STEPS:
            if elements <= MUCH and (shape[axis] - step) * (elements // shape[axis]) >= PAIRS:
                yield f"elements {step} apart along dimension {axis - 1}", apart(axis, step, False)
    for step in IN_MEMORY:
        if step + PAIRS <= elements <= MUCH:
            yield f"elements {step} apart in memory", apart(1, step, True)
