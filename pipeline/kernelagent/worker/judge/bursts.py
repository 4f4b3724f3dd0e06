"""Inputs that are steady but for bursts, and for lulls: what drives a state whose comparisons are between running
values of the input itself, a level against a multiple of its floor.

No number says where such a state is entered, and random rows hardly ever leave it: a floor that began low stays low.
So rows of several ratios are tried, and those are taken in which the module's comparisons turn in the most ways
(``turns.py``): each true, false and true again, and after each of the others.
"""

from __future__ import annotations

import time

import torch

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.rows_along import by_row, longest_along, row_count, with_rows
from kernelagent.worker.judge.ties import listened
from kernelagent.worker.judge.turns import Turn, Turning, Turns
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

BURSTS: Values = "bursts over steady noise"
WANTED_STEPS = 256
"""What follows slowly takes so long to come back."""
_KINDS_OF_ROWS = 5
"""A short burst; a lull; bursts that grow longer; a burst and a lull from there on; up and down in steps."""
_RATIOS = (5.0, 2.0, 16.0, 1.4, 64.0, 8.0)
"""Of a burst to what is steady, one a try; each is tried with mixed signs first and with one sign first."""
_STEADY = 0.05
"""Share by which steady values differ."""
SEARCH_S = 3.0


def with_bursts(model: torch.nn.Module, specimen: Specimen, along: int, turn: int, seed: int) -> Specimen:
    """Along one dimension, as in ``rows_along.places_of_rows``. ``turn``: 0 for the rows that turn the most, more for
    those that turn the most of what the ones before do not. Raises ``NoCase`` where the module compares no floats in a
    loop, nothing is left to turn, or another order of operations may turn it."""
    turned(model, specimen)
    longest_along(specimen, along)
    deadline = time.monotonic() + SEARCH_S
    left: list[tuple[frozenset[Turn], Specimen]] = []
    for number in range(2 * len(_RATIOS)):
        if left and time.monotonic() > deadline:
            break

        def change(moved: torch.Tensor, generator: torch.Generator, number: int = number) -> torch.Tensor:
            return _changed(moved, generator, number)

        planted = with_rows(specimen, along, seed + number, change)
        left.append((turned(model, planted), planted))
    taken: list[Specimen] = []
    shown: frozenset[Turn] = frozenset()
    while len(taken) <= turn:
        left = [one for one in left if one[0] - shown]
        if not left:
            raise NoCase("no such rows turn anything more, or another order of operations may")
        best = max(left, key=lambda one: len(one[0] - shown))
        left.remove(best)
        if not listened(model, best[1]).is_near:
            taken.append(best[1])
            shown |= best[0]
    return taken[-1]


def turned(model: torch.nn.Module, specimen: Specimen) -> frozenset[Turn]:
    """What turns in one call. Raises ``NoCase`` where no floats are compared in a loop."""
    with Turning() as turning:
        reference_run.run(model, specimen)
    turns: Turns = turning.turns
    if not turns.repeated:
        raise NoCase("it compares no floats step after step")
    return turns.told


def _changed(moved: torch.Tensor, generator: torch.Generator, number: int) -> torch.Tensor:
    usual = float(moved.double().square().mean().sqrt()) or 1.0
    rows, steps = row_count(moved), moved.shape[-1]
    levels = torch.ones((rows, steps), dtype=torch.float64)
    is_mixed = torch.zeros((rows, steps), dtype=torch.bool)
    for row in range(rows):
        levels[row] = _levels(
            (row + number) % _KINDS_OF_ROWS, steps, _RATIOS[(row // _KINDS_OF_ROWS + number) % len(_RATIOS)]
        )
        is_mixed[row] = (row // _KINDS_OF_ROWS + number // len(_RATIOS)) % 2 == 0
    drawn = torch.rand(moved.shape, generator=generator, dtype=torch.float64)
    either = torch.where(torch.rand(moved.shape, generator=generator) < 1 / 2, 1.0, -1.0).double()
    sign = torch.where(by_row(is_mixed, moved), either, 1.0)
    return usual * by_row(levels, moved) * (1 + _STEADY * (2 * drawn - 1)) * sign


def _levels(kind: int, steps: int, ratio: float) -> torch.Tensor:
    """Of each step, 1 where it is steady."""
    found = torch.ones(steps, dtype=torch.float64)
    few, many = max(steps // 24, 1), max(steps // 6, 1)
    if kind == 0:
        found[many // 2 : many // 2 + few] = ratio
    elif kind == 1:
        found[many : steps - many] = 1 / ratio
    elif kind == 2:
        for at, length in ((few, 1), (2 * many, few), (4 * many, many)):
            found[at : at + length] = ratio
    elif kind == 3:
        found[many // 2 : many // 2 + few] = ratio
        found[many // 2 + few :] = 1 / ratio
    else:
        found[many : 2 * many], found[2 * many : 3 * many] = ratio, ratio * ratio
        found[3 * many : 4 * many] = ratio
    return found
