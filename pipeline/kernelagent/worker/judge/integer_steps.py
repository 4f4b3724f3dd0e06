"""Neighbouring integers between which a module's own result steps, found by halving, all elements at once.

``floor(sqrt(n))`` in float32 is wrong just below large squares, and nowhere else: one integer in thousands. Where the
results of an input's elements lie at their own places, each element is put between two integers with different results,
and what lies between is halved until they are neighbours.
"""

from __future__ import annotations

import contextlib
import time

import torch

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.integer_reach import Reach, of_every_magnitude, with_values
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.rests_on_rounding import onto, settled, stepwise
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

INTEGER_STEPS: Values = "integers where results step"
TURNS = 2
"""Inputs of which it is tried, the larger ones first."""
_APART = 6.0
"""At most, between the logarithms of the two integers that are begun with."""
_SMALL = 8
"""Power of two."""
_DRAWS = 5
"""Of those two, until one pair serves: a saturated result does not step."""
_FLAT = 1 / 16
"""Of neighbours that are drawn, a result that is the same for so many at least does step."""
_MOST_SECONDS = 1.0


def with_integer_steps(model: torch.nn.Module, specimen: Specimen, reach: Reach, turn: int, seed: int) -> Specimen:
    """One input within ``reach``, that of number ``turn``, at such integers and beside them; the others of every
    magnitude, where the module takes them together. Raises ``NoCase`` where nothing steps."""
    given = sorted(((n, t) for n, t in named_tensors(specimen) if n in reach), key=lambda one: -one[1].numel())
    if turn >= len(given):
        raise NoCase("no integers may be so large")
    name, tensor = given[turn]
    generator = torch.Generator().manual_seed(seed)
    others = {n: _beside(t, reach[n], generator) for n, t in given if n != name}
    together = [with_values(specimen, others)] if others else []
    most = 2 ** reach[name] - 1
    ends = [_drawn(tensor, reach[name], generator) for _ in range(_DRAWS)]
    beside = torch.rand(tensor.shape, generator=generator)
    for around in together:
        with contextlib.suppress(Exception):  # it may raise anything where it does not take them together
            return _settled(model, specimen, around, name, ends, beside, most)
    return _settled(model, specimen, specimen, name, ends, beside, most)


def _beside(tensor: torch.Tensor, bits: int, generator: torch.Generator) -> torch.Tensor:
    """Half of them small, as a product's other factor: then results step seldom, and are not saturated yet."""
    some, small = (of_every_magnitude(tensor, most, generator) for most in (bits, min(bits, _SMALL)))
    return torch.where(torch.rand(tensor.shape, generator=generator) < 0.5, some, small)


def _drawn(tensor: torch.Tensor, bits: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Two integers for each element, the lower first."""
    one = of_every_magnitude(tensor, bits, generator).long()
    factor = torch.exp2(torch.rand(one.shape, generator=generator, dtype=torch.float64) * _APART)
    most = 2**bits - 1
    other = (one.double() * factor).clamp(-most, most).long().clamp(-most, most)  # float64 rounds 2**63 - 1 up
    return torch.minimum(one, other), torch.maximum(one, other)


def _settled(
    model: torch.nn.Module,
    specimen: Specimen,
    around: Specimen,
    name: str,
    ends: list[tuple[torch.Tensor, torch.Tensor]],
    beside: torch.Tensor,
    most: int,
) -> Specimen:
    """``around`` with that input's steps between ``ends``. ``beside``: by which of three neighbours one is chosen."""
    tensor = dict(named_tensors(specimen))[name]
    before, after = _Steps(model, around, name, tensor, ends[0][0]).between(ends)
    chosen = torch.where(beside < 0.45, before, torch.where(beside < 0.9, after, after + 1)).clamp(-most, most)
    found, lower = (with_values(around, {name: values.to(tensor.dtype)}) for values in (chosen, before))
    return settled(model, found, [lower, specimen])


class _Steps:
    """Of one input's elements, each by one of the results that are stepwise and lie at their places."""

    def __init__(
        self, model: torch.nn.Module, around: Specimen, name: str, tensor: torch.Tensor, drawn: torch.Tensor
    ) -> None:
        self._model, self._around, self._name, self._tensor = model, around, name, tensor
        one, next_one = self._of(drawn), self._of(drawn + 1)
        shares = {path: _same(one, next_one, path, tensor.shape) for path in one}
        flat = [path for path, same in shares.items() if same is not None and float(same.double().mean()) >= _FLAT]
        if not flat:
            raise NoCase("no result of its own place steps")
        self._paths = flat
        self._which = (torch.arange(tensor.numel()) % len(flat)).reshape(tensor.shape)

    def between(self, ends: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Neighbours with different results between the first of ``ends``, which differ in theirs, and of which the
        lower one is followed by one that does not; one integer twice where there are none. Raises ``NoCase`` where
        there are none anywhere."""
        deadline = time.process_time() + _MOST_SECONDS
        low, high = ends[0]
        steps = torch.zeros(low.shape, dtype=torch.bool)
        for one, other in ends:
            result = self._of(one)
            found = ~steps & ~self._as(result, self._of(other)) & self._as(result, self._of(one + 1))
            low, high, steps = torch.where(found, one, low), torch.where(found, other, high), steps | found
            if bool(steps.all()):
                break
        if not bool(steps.any()):
            raise NoCase("nothing steps")
        high = torch.where(steps, high, low)
        start = self._of(low)
        while bool((high - low > 1).any()) and time.process_time() < deadline:
            middle = low + (high - low) // 2
            is_low = self._as(start, self._of(middle))
            low, high = torch.where(is_low, middle, low), torch.where(is_low, high, middle)
        return low, high

    def _of(self, values: torch.Tensor) -> dict[str, torch.Tensor]:
        limits = torch.iinfo(self._tensor.dtype)
        given = values.clamp(limits.min, limits.max).to(self._tensor.dtype)
        return stepwise(reference_run.run(self._model, with_values(self._around, {self._name: given})))

    def _as(self, one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> torch.Tensor:
        found = torch.ones(self._tensor.shape, dtype=torch.bool)
        for number, path in enumerate(self._paths):
            same = _same(one, other, path, self._tensor.shape)
            found = torch.where(self._which == number, found if same is None else same, found)
        return found


def _same(
    one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], path: str, shape: torch.Size
) -> torch.Tensor | None:
    if path not in other or other[path].shape != one[path].shape:
        return None
    differs = onto(shape, one[path] != other[path])
    return None if differs is None else ~differs
