"""Steady rows with bursts and lulls: comparisons of running values with each other turn, after each of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.bursts import BURSTS, turned, with_bursts
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.judge.module_comparisons import ModuleComparisons
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.turns import Turns
from kernelagent.worker.problem import Specimen


class Detector(torch.nn.Module):
    """On above a multiple of its floor, off below another one."""

    def __init__(self, on: float, off: float, share: float) -> None:
        super().__init__()
        self.on, self.off, self.share = on, off, share

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = floor = x[:, 0].square()
        heard, out = torch.zeros_like(level), []
        for t in range(x.shape[1]):
            level = level + self.share * (x[:, t].square() - level)
            floor = torch.minimum(level, 1.002 * floor)
            heard = torch.where(level > self.on * floor, 1.0, heard)
            heard = torch.where(level < self.off * floor, 0.0, heard)
            out.append(heard)
        return torch.stack(out, 1)


class Lulled(torch.nn.Module):
    """The same of a ceiling, and of values, not of their magnitudes."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = ceiling = x[:, 0]
        asleep, out = torch.zeros_like(level), []
        for t in range(x.shape[1]):
            level = level + 0.25 * (x[:, t] - level)
            ceiling = torch.maximum(level, 0.99 * ceiling)
            asleep = torch.where(level < 0.25 * ceiling, 1.0, asleep)
            asleep = torch.where(0.75 * ceiling < level, 0.0, asleep)
            out.append(asleep)
        return torch.stack(out, 1)


def one_of(*shape: int) -> Specimen:
    return Specimen((torch.randn(*shape, generator=torch.Generator().manual_seed(3)),), {}, ("x",))


@pytest.mark.parametrize("rows", [1, 2, 8])
@pytest.mark.parametrize(
    "model", [Detector(3.0, 1.2, 0.05), Detector(1.5, 1.1, 0.2), Detector(40.0, 2.0, 0.3), Lulled()], ids=str
)
def test_a_state_is_entered_and_left(model: torch.nn.Module, rows: int) -> None:
    made = with_bursts(model, one_of(rows, 120), -1, 0, 64).args[0]
    state = model(made)
    entered, left = state.diff(dim=1) > 0, state.diff(dim=1) < 0
    assert bool((entered.any(1) & left.any(1)).any())
    assert bool((made != 0).all())


def test_once_more_it_is_rows_that_turn_what_the_first_ones_did_not() -> None:
    model, given = Detector(3.0, 1.2, 0.05), one_of(1, 120)
    shown = turned(model, with_bursts(model, given, -1, 0, 64))
    try:
        others = with_bursts(model, given, -1, 1, 64)
    except NoCase:
        return
    assert turned(model, others) - shown


class Once(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 3 * x.mean(1, keepdim=True), x, 0.0)


def test_where_no_loop_compares_there_is_no_case() -> None:
    with pytest.raises(NoCase, match="step after step"):
        with_bursts(Once(), one_of(4, 60), -1, 0, 64)


X = TensorSpec("x", (3, 60), "float32", ("s0", "s1"))


def problem_of(file: str) -> Problem:
    free = (FreeSize("s0", 3), FreeSize("s1", 60))
    return Problem(file, "M", 1, "", ExampleInputs("directive", "()", "()"), (X,), (X,), (), free_sizes=free)


def test_rows_are_long_where_that_is_cheap_and_any_module_may_refuse_such() -> None:
    made = [case for case in plan(problem_of("m.py"), "full") if case.values == BURSTS]
    assert [(case.along, max(case.sizes.values()), case.turn) for case in made] == [
        *((-2, 256, 0), (-2, 256, 1), (-1, 256, 0), (-1, 256, 1))
    ]
    assert all(case.may_refuse and not case.otherwise[-1].may_refuse for case in made)


def test_what_came_true_after_no_other_is_told() -> None:
    comparisons = ModuleComparisons(problem_of(__file__))
    model = Detector(3.0, 1.2, 0.05)
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    on, off = (1 + next(n for n, line in enumerate(lines) if text in line) for text in ("level > self", "level < self"))
    told = f"line {off}: `level < self.off * floor` came true for no element after `level > self.on * floor` was"
    rises = torch.ones(1, 120).index_fill(1, torch.arange(60, 120), 5.0)
    with comparisons:
        model(rises)
    comparisons.keep()
    assert (
        f"line {on}: `level > self.on * floor`, once true, was false again for no element" in comparisons.untaken()[0]
    )
    with comparisons:
        model(rises.index_fill(1, torch.arange(62, 120), 1.0))
    comparisons.keep()
    seen = "".join(comparisons.untaken())
    assert told not in seen
    assert "once true" not in seen
    again = f"line {on}: `level > self.on * floor` came true again for no element after `level < self.off * floor` did"
    assert again in seen
    with comparisons:
        model(rises.index_fill(1, torch.arange(62, 110), 1.0).index_fill(1, torch.arange(112, 120), 5.0))
    comparisons.keep()
    assert again not in "".join(comparisons.untaken())


def test_what_is_not_finite_counts_for_nothing() -> None:
    comparisons = ModuleComparisons(problem_of(__file__))
    with comparisons:
        Detector(3.0, 1.2, 0.05)(torch.full((1, 20), float("inf")))
    comparisons.keep()
    assert "once true" not in "".join(comparisons.untaken())


def test_a_tensor_that_changes_its_shape_begins_anew() -> None:
    turns = Turns()
    for of in (3, 3, 3, 4, 4, 4):
        for held in (True, False, True):
            turns.note("one", (), torch.full((of,), held))
            turns.note("other", (), torch.full((of,), not held))
    assert ("one", "other", "one") in turns.seen
