"""Neighbouring integers between which a module's own result steps, found by halving, all elements at once.

``floor(sqrt(n))`` in float32 is wrong just below large squares, and nowhere else: one integer in thousands. Where the
results of an input's elements lie at their own places, each element is put between two integers with different results,
and what lies between is halved until they are neighbours. Where a result is made of a whole row (``x*x + y*y <= r*r``),
one element of each row is moved so, then another one by what that has left: the second steps finely.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

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
_ALIKE = 1 / 4
"""Of rows, those whose elements are all alike."""
_MOST_SECONDS = 1.0

Expand = Callable[[torch.Tensor], torch.Tensor]


def with_integer_steps(model: torch.nn.Module, specimen: Specimen, reach: Reach, turn: int, seed: int) -> Specimen:
    """One input within ``reach``, that of number ``turn``, at such integers and beside them; the others of every
    magnitude, where the module takes them together. Raises ``NoCase`` where nothing steps."""
    given = sorted(((n, t) for n, t in named_tensors(specimen) if n in reach), key=lambda one: -one[1].numel())
    if turn >= len(given):
        raise NoCase("no integers may be larger than the example's")
    name, tensor = given[turn]
    generator = torch.Generator().manual_seed(seed)
    others = {n: _beside(t, reach[n], generator) for n, t in given if n != name}
    together = [with_values(specimen, others)] if others else []
    try:
        return _at_own_places(model, specimen, together, name, tensor, reach[name], generator)
    except NoCase:
        for along in range(-1, -1 - tensor.dim(), -1):
            for around in (*together, specimen):
                with contextlib.suppress(Exception):  # as below
                    return _in_rows(model, specimen, around, name, reach[name], along, generator)
        raise


def _at_own_places(
    model: torch.nn.Module,
    specimen: Specimen,
    together: list[Specimen],
    name: str,
    tensor: torch.Tensor,
    bits: int,
    generator: torch.Generator,
) -> Specimen:
    most = 2**bits - 1
    ends = [_drawn(tensor, bits, generator) for _ in range(_DRAWS)]
    beside = torch.rand(tensor.shape, generator=generator)
    for around in together:
        with contextlib.suppress(Exception):  # it may raise anything where it does not take them together
            return _settled(model, specimen, around, name, ends, beside, most)
    return _settled(model, specimen, specimen, name, ends, beside, most)


def _in_rows(
    model: torch.nn.Module,
    specimen: Specimen,
    around: Specimen,
    name: str,
    bits: int,
    along: int,
    generator: torch.Generator,
) -> Specimen:
    """Rows of small integers, of which one is put at a step, and then another one; or all of a row alike."""
    tensor = dict(named_tensors(specimen))[name]
    moved = tensor.movedim(along, -1)
    count, most = moved.shape[-1], 2**bits - 1
    lines = moved[..., 0]
    first = torch.randint(count, lines.shape, generator=generator)
    second = (first + torch.randint(1, max(count, 2), lines.shape, generator=generator)) % count
    is_alike = torch.rand(lines.shape, generator=generator) < _ALIKE
    rest = of_every_magnitude(moved, min(bits, _SMALL), generator).long()
    rest = torch.where(torch.rand(moved.shape, generator=generator) < 0.5, rest, 0)

    def at(place: torch.Tensor, rows: torch.Tensor, alike: bool) -> Expand:
        def expand(values: torch.Tensor) -> torch.Tensor:
            found = rows.scatter(-1, place[..., None], values[..., None].to(rows.dtype))
            found = torch.where(is_alike[..., None], values[..., None] if alike else rows, found)
            return found.movedim(-1, along)

        return expand

    ends = [_drawn(tensor.movedim(along, -1)[..., 0], bits, generator) for _ in range(_DRAWS)]
    chosen = torch.rand(lines.shape, generator=generator)
    of_first = at(first, rest, alike=True)
    before, after = _Steps(model, around, name, tensor, ends[0][0], of_first).between(ends)
    lower = of_first(before)
    rows = lower.movedim(along, -1)
    if count > 1:
        low = rows.gather(-1, second[..., None])[..., 0]
        ends = [(low, (low + (1 << power)).clamp(max=most)) for power in range(bits - 1, 0, -max(bits // _DRAWS, 1))]
        of_second = at(second, rows, alike=False)
        with contextlib.suppress(NoCase):  # then the first alone steps
            low, high = _Steps(model, around, name, tensor, low, of_second, is_finer=True).between(ends)
            rows = of_second(torch.where(chosen < 1 / 2, low, high)).movedim(along, -1)
    last = torch.where(chosen < 1 / 2, after, before)[..., None]
    rows = torch.where(is_alike[..., None], last, rows).movedim(-1, along)
    found, instead = (with_values(around, {name: v.to(tensor.dtype).contiguous()}) for v in (rows, lower))
    return settled(model, found, [instead, specimen])


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
        self,
        model: torch.nn.Module,
        around: Specimen,
        name: str,
        tensor: torch.Tensor,
        drawn: torch.Tensor,
        expand: Expand = lambda values: values,
        is_finer: bool = False,
    ) -> None:
        """``expand``: what the input is whose rows, or elements, are moved by values of ``drawn``'s shape.
        ``is_finer``: it may step at each integer."""
        self._model, self._around, self._name, self._dtype = model, around, name, tensor.dtype
        self._expand, self._shape = expand, drawn.shape
        one, next_one = self._of(drawn), self._of(drawn + 1)
        shares = {path: _same(one, next_one, path, drawn.shape) for path in one}
        least = 0.0 if is_finer else _FLAT
        flat = [path for path, same in shares.items() if same is not None and float(same.double().mean()) >= least]
        if not flat:
            raise NoCase("no result steps with one element of its own")
        self._paths = flat
        self._which = (torch.arange(drawn.numel()) % len(flat)).reshape(drawn.shape)

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
        limits = torch.iinfo(self._dtype)
        given = self._expand(values).clamp(limits.min, limits.max).to(self._dtype)
        return stepwise(reference_run.run(self._model, with_values(self._around, {self._name: given})))

    def _as(self, one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> torch.Tensor:
        found = torch.ones(self._shape, dtype=torch.bool)
        for number, path in enumerate(self._paths):
            same = _same(one, other, path, self._shape)
            found = torch.where(self._which == number, found if same is None else same, found)
        return found


def _same(
    one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], path: str, shape: torch.Size
) -> torch.Tensor | None:
    if path not in other or other[path].shape != one[path].shape:
        return None
    differs = onto(shape, one[path] != other[path])
    return None if differs is None else ~differs
