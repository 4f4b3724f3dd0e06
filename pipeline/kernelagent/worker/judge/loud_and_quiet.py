"""Inputs that are loud and quiet in turn, as a state waits for that is entered and must be left: a gate with a
hangover, hysteresis on a smoothed level.

Random values are about equally loud at every step: what one step enters, the next enters again, and nothing shows that
it is never left. Here rows are above all numbers that the module compares with, then below all, at several magnitudes,
shortly and for long, and for longer than any whole number that it compares with or fills with.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.rows_along import by_row, longest_along, row_count, with_rows
from kernelagent.worker.judge.runs_of_values import Sides
from kernelagent.worker.judge.ties import listened
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

LOUD_AND_QUIET: Values = "loud and quiet in turn"
KINDS_OF_ROWS = 4
"""Shortly loud and long quiet; lengths that grow; past whole numbers; long loud and long quiet. The same of either sign
in further rows."""
_MOST_LENGTHS, _TRIES = 3, 3
_LOUDEST = float(1 << 11)
"""Of larger numbers hardly any result stays finite in 16 bits."""
_GROWING = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)
_LOUD = ((1.5, 2.5), (4.0, 6.0))
_QUIET = ((0.05, 0.1), (0.01, 0.02), (0.8, 0.95))
"""Of the least number, between which magnitudes are drawn."""
_SILENT = (5e-4, 1e-3)
"""Of the example's values."""


def may_be_left(heard: Sides) -> bool:
    """Whether there may be a state that such rows enter and leave."""
    return any(heard.values) or (bool(heard.values) and heard.goes_along)


def with_loud_and_quiet(model: torch.nn.Module, specimen: Specimen, along: int, turn: int, seed: int) -> Specimen:
    """Along one dimension, as in ``rows_along.places_of_rows``. ``turn``: number of the kind of row that the first is
    of. Raises ``NoCase`` where no float is compared with a number, nor with 0 step after step, or another order of
    operations may turn what is decided."""
    with Sides() as heard:
        reference_run.run(model, specimen)
    if not may_be_left(heard):
        raise NoCase("it compares no float with a number")
    length = longest_along(specimen, along)
    whole = sorted({*heard.counts, *heard.fillings}, reverse=True)
    lengths = [n for n in whole if n + 4 <= length][:_MOST_LENGTHS]
    for attempt in range(_TRIES):

        def change(moved: torch.Tensor, generator: torch.Generator, nearest: bool = attempt == 0) -> torch.Tensor:
            return _changed(moved, [*heard.values], lengths, turn, generator, nearest)

        planted = with_rows(specimen, along, seed + attempt, change)
        if not listened(model, planted).is_near:
            return planted
    raise NoCase("what is decided may turn with the order of operations")


def _changed(
    moved: torch.Tensor,
    numbers: Sequence[float],
    lengths: Sequence[int],
    turn: int,
    generator: torch.Generator,
    nearest: bool,
) -> torch.Tensor:
    """``nearest``: some runs are just below the least number."""
    usual = float(moved.double().square().mean().sqrt()) or 1.0
    sized = [abs(n) for n in numbers if n] or [usual]
    most, least = min(max(*sized, usual), _LOUDEST), min(sized)
    signs = [1.0] * any(n >= 0 for n in numbers) + [-1.0] * any(n <= 0 for n in numbers)
    loud = [(most * low, most * high) for low, high in _LOUD]
    quiet = [(least * low, least * high) for low, high in _QUIET[: 2 + nearest]]
    quiet.insert(2, (usual * _SILENT[0], usual * _SILENT[1]))
    rows, steps = row_count(moved), moved.shape[-1]
    low, high, sign = (torch.zeros((rows, steps), dtype=torch.float64) for _ in range(3))
    for row in range(rows):
        kind = (row + turn) % KINDS_OF_ROWS
        is_mixed = (row + turn) // KINDS_OF_ROWS % 2 == 1
        starts_loud, ends = _runs(kind, steps, lengths)
        at = 0
        for number, end in enumerate(ends):
            is_loud = starts_loud == (number % 2 == 0)
            choices = loud if is_loud else quiet
            low[row, at:end], high[row, at:end] = choices[(row // KINDS_OF_ROWS + number // 2) % len(choices)]
            one_sign = signs[(row + number // 2) % len(signs)]
            is_other_side = not is_loud and 0.0 in numbers and number // 2 % 2 == 0
            sign[row, at:end] = 0.0 if is_mixed else -one_sign if is_other_side else one_sign
            at = end
    drawn = torch.rand(moved.shape, generator=generator, dtype=torch.float64)
    either = torch.where(torch.rand(moved.shape, generator=generator) < 1 / 2, 1.0, -1.0)
    low, high, sign = (by_row(plan, moved) for plan in (low, high, sign))
    return (low + (high - low) * drawn) * torch.where(sign == 0, either, sign)


def _runs(kind: int, steps: int, lengths: Sequence[int]) -> tuple[bool, list[int]]:
    """Whether the first run is loud, and where each ends, the last at ``steps``."""
    few = max(steps // 8, 1)
    if kind == 0:
        ends = [few, steps - few]
    elif kind == 1:
        ends = [*accumulate(n for n in _GROWING for _ in range(2))]
    elif kind == 2:
        past = [n for length in lengths for n in (2, length + 1, length + 1, 1)] or [1, 1, steps // 2, few]
        ends = [*accumulate(past)]
    else:
        ends = [few, steps // 2]
    return kind != 3, [*(end for end in ends if end < steps), steps]
