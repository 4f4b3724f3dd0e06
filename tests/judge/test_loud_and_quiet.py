"""Rows that are loud and quiet in turn: what is entered is left, what is counted down runs out."""

from __future__ import annotations

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.judge.loud_and_quiet import LOUD_AND_QUIET, with_loud_and_quiet
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.runs_of_values import Sides
from kernelagent.worker.problem import Specimen


class CountsDown(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left, out = torch.zeros_like(x[:, 0, 0], dtype=torch.int64), []
        for t in range(x.shape[1]):
            left = torch.where(x[:, t].square().mean(-1) > 0.5, 20, (left - 1).clamp(min=0))
            out.append(left > 0)
        return torch.stack(out, 1)


class Hysteresis(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = torch.zeros_like(x[:, 0, 0])
        opened, out = level > 1, []
        for t in range(x.shape[1]):
            level = level + 0.1 * (x[:, t].abs().mean(-1) - level)
            opened = (opened | (level > 0.5)) & (level > 0.05)
            out.append(opened)
        return torch.stack(out, 1)


class Running(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(-1).cumsum(1) > 0


class Squared(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, x * x)


def test_whole_numbers_that_are_filled_with_are_heard() -> None:
    with Sides() as sides:
        CountsDown()(torch.randn(2, 9, 4))
    assert (list(sides.values), list(sides.fillings), list(sides.counts)) == ([0.5], [20], [])


@pytest.mark.parametrize("module", [CountsDown, Hysteresis])
@pytest.mark.parametrize("rows", [2, 8])
def test_a_state_is_entered_and_left(module: type[torch.nn.Module], rows: int) -> None:
    model = module()
    made = with_loud_and_quiet(model, Specimen((torch.randn(rows, 60, 8),), {}, ("x",)), -2, 0, 63).args[0]
    held = model(made)
    left = held[:, :-1] & ~held[:, 1:]
    entered = ~held[:, :-1] & held[:, 1:]
    assert bool(left.any())
    assert bool((left.any(1) & (held[:, 0] | entered.any(1))).any())
    assert bool((made != 0).all())


def test_values_that_run_along_are_of_both_signs() -> None:
    made = with_loud_and_quiet(Running(), Specimen((torch.randn(4, 60, 8),), {}, ("x",)), -2, 0, 63).args[0]
    assert bool(made.gt(0).all(-1).any())
    assert bool(made.lt(0).all(-1).any())


@pytest.mark.parametrize("module", [Squared, torch.nn.Tanh])
def test_where_nothing_is_entered_there_is_no_case(module: type[torch.nn.Module]) -> None:
    with pytest.raises(NoCase, match="compares no float"):
        with_loud_and_quiet(module(), Specimen((torch.randn(4, 60, 8),), {}, ("x",)), -2, 0, 63)


X = TensorSpec("x", (3, 60), "float32", ("s0", "60"))
PROBLEM = Problem(
    "m.py", "M", 1, "", ExampleInputs("directive", "()", "()"), (X,), (X,), (), free_sizes=(FreeSize("s0", 3),)
)


def test_such_rows_lie_along_the_dimensions_that_have_room() -> None:
    made = [case for case in plan(PROBLEM, "full") if case.values == LOUD_AND_QUIET]
    assert [(case.along, case.sizes) for case in made] == [(-2, {"s0": 64}), (-1, {"s0": 8})]
    assert all(case.otherwise and not case.otherwise[0].most_seconds for case in made)
