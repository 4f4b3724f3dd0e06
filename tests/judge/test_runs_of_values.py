"""Values that stay on one side of a number for as long as the module counts, then on the other."""

from __future__ import annotations

import itertools

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.judge.module_numbers import OwnNumbers
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.runs_of_values import RUNS, Sides, places_of_runs, with_runs
from kernelagent.worker.problem import Specimen


class Gate(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        quiet, out = torch.zeros_like(x[:, 0]), []
        for t in range(x.shape[1]):
            quiet = torch.where(x[:, t].abs() < 0.1, quiet + 1, 0.0)
            out.append(torch.where(quiet >= 5, 0.0, x[:, t]))
        return torch.stack(out, 1)


def heard(model: torch.nn.Module, *inputs: torch.Tensor) -> tuple[list[float], list[int]]:
    with Sides() as sides:
        model(*inputs)
    return [*sides.values], [*sides.counts]


def runs_of(row: list[bool]) -> list[tuple[bool, int]]:
    return [(side, len([*group])) for side, group in itertools.groupby(row)]


def test_values_are_told_from_counts() -> None:
    assert heard(Gate(), torch.randn(2, 9)) == ([0.1], [5])
    assert heard(torch.nn.Tanh(), torch.randn(2, 9)) == ([], [])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_runs_are_longer_than_what_is_counted_and_end(dtype: torch.dtype) -> None:
    x = with_runs(Gate(), Specimen((torch.randn(4, 40, dtype=dtype),), {}, ("x",)), -1, (5,), 1).args[0]
    assert (x.shape, x.dtype, x.is_contiguous()) == ((4, 40), dtype, True)
    for number, row in enumerate((x.abs() >= 0.1).tolist()):
        runs = runs_of(row)
        first = number % 2 == 1
        assert runs[:2] == [(first, 6), (not first, 6)]
        assert {length for _, length in runs[2:-1]} <= {1, 4, 5, 6}


def test_masks_and_others_of_that_size_have_the_same_runs() -> None:
    class Counts(torch.nn.Module):
        def forward(self, x: torch.Tensor, mask: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
            return torch.where(((x > -2.0).sum(-1) >= 3) & (mask.cumsum(-1) > 3), ids, 0)

    given = (torch.randn(2, 20, 3), torch.rand(2, 20) > 0.5, torch.arange(20))
    x, mask, ids = with_runs(Counts(), Specimen(given, {}, ("x", "mask", "ids")), -2, (3,), 1).args
    assert ids is given[2]
    assert torch.equal((x > -2.0).all(-1), mask)
    assert torch.equal((x > -2.0).any(-1), mask)


def test_where_nothing_is_compared_there_is_no_case() -> None:
    with pytest.raises(NoCase):
        with_runs(torch.nn.Tanh(), Specimen((torch.randn(2, 40),), {}, ("x",)), -1, (5,), 1)


X = TensorSpec("x", (3, 40), "float32", ("s0", "40"))
EXAMPLE = ExampleInputs("directive", "()", "()")
PROBLEM = Problem("m.py", "M", 1, "", EXAMPLE, (X,), (X,), (), free_sizes=(FreeSize("s0", 3),))


def test_runs_lie_where_there_is_room_and_along_what_grows() -> None:
    found = [*places_of_runs(PROBLEM, {"s0": 3}, (12, 5))]
    assert found == [({"s0": 3}, -1, 12), ({"s0": 53}, -2, 12)]


def test_only_what_counts_gets_such_cases_and_what_is_out_of_reach_is_named() -> None:
    def cases(*runs: int) -> list[tuple[str, str]]:
        made = plan(PROBLEM, "full", own=OwnNumbers(runs=runs))
        return [(case.name, case.left_out) for case in made if case.values == RUNS or case.name.startswith("Runs of")]

    assert cases() == []
    assert [name for name, _ in cases(12)] == [
        "runs of 13 on either side of a number, along dimension -1",
        "s0=53: runs of 13 on either side of a number, along dimension -2",
    ]
    [*_, (name, why)] = cases(1 << 12)
    assert name.startswith("Runs of 4,096 values")
    assert why
