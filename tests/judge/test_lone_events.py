"""One event in a first block, and nothing after it for longer than one: where it lies, of what kind, in whose rows."""

from __future__ import annotations

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.judge.lone_events import EVENTS, LONE_EVENTS, Carries, with_lone_events
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.value_kinds import LONE_READINGS, Values
from kernelagent.worker.problem import Specimen

STILL, ZEROS, LARGER, SMALLER = range(4)
N, BLOCK = 97, 32


class Since(torch.nn.Module):
    """Steps since the last one that is so."""

    def held(self, x: torch.Tensor) -> torch.Tensor:
        return x == 7 if not x.is_floating_point() else x > 0.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps = torch.arange(x.shape[-1])
        return torch.where(self.held(x), steps, -1).cummax(-1).values


class SinceReading(Since):
    def held(self, x: torch.Tensor) -> torch.Tensor:
        return ~x.isnan()


def drawn(dtype: torch.dtype) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    if dtype == torch.bool:
        return torch.rand(4, N, generator=generator) < 0.5
    if dtype.is_floating_point:
        return torch.randn(4, N, generator=generator, dtype=torch.float32).to(dtype)
    return torch.randint(0, 90, (4, N), generator=generator).to(dtype)


def made(model: torch.nn.Module, x: torch.Tensor, values: Values, turn: int = 0, along: int = -1) -> torch.Tensor:
    found = with_lone_events(model, Specimen((x,), {}, ("x",)), 0, along, values, turn, 1).args[0]
    assert (found.shape, found.dtype, found.is_contiguous()) == (x.shape, x.dtype, True)
    assert isinstance(found, torch.Tensor)
    return found


def places(is_event: torch.Tensor) -> list[list[int]]:
    return [row.nonzero().flatten().tolist() for row in is_event]


def check_lone(is_event: torch.Tensor) -> None:
    """Early; late; all but one; early and late: a block and more of nothing after the first, or before the last."""
    (early,), (late,), exchanged, (first, last) = places(is_event)
    assert 0 < early < BLOCK / 2
    assert N - BLOCK / 2 < late < N - 1
    assert len(exchanged) == N - 1
    assert 0 < first < BLOCK / 2 < 3 * BLOCK - 16 < last


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8, torch.float32, torch.bfloat16])
def test_one_number_that_is_looked_for_lies_among_others(dtype: torch.dtype) -> None:
    model, x = Since(), drawn(dtype)
    turn = SMALLER if dtype.is_floating_point else LARGER
    found = made(model, x, LONE_EVENTS, turn)
    check_lone(model.held(found))
    if not dtype.is_floating_point:
        assert int(found.min()) == 7
        assert int(made(model, x, LONE_EVENTS, SMALLER).max()) == 7


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32, torch.bool])
def test_one_is_not_zero_among_zeros(dtype: torch.dtype) -> None:
    check_lone(made(Since(), drawn(dtype), LONE_EVENTS, ZEROS) != 0)


def test_one_is_a_number_among_nan() -> None:
    check_lone(~made(SinceReading(), drawn(torch.float32), LONE_READINGS).isnan())
    with pytest.raises(NoCase, match="NaN"):
        made(Since(), drawn(torch.float32), LONE_READINGS)


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32])
def test_what_stands_still_changes_once_or_twice(dtype: torch.dtype) -> None:
    found = made(Since(), drawn(dtype), LONE_EVENTS, STILL)
    early, late, twice, both = places(found[:, 1:] != found[:, :-1])
    assert [len(early), len(late), len(twice), len(both)] == [1, 1, 2, 2]
    assert max(*early, *twice) < BLOCK / 2 < both[1] - both[0]
    assert late[0] > N - BLOCK / 2


def test_rows_lie_along_any_dimension() -> None:
    found = made(Since(), drawn(torch.int64).t().contiguous(), LONE_EVENTS, ZEROS, along=-2)
    check_lone(found.t() != 0)


def test_rows_that_are_all_one_value_change_too() -> None:
    found = made(Since(), torch.zeros(4, N, dtype=torch.int64), LONE_EVENTS, STILL)
    assert [len(of_row.unique()) for of_row in found] == [2] * 4  # type: ignore[no-untyped-call]


def test_where_nothing_is_looked_for_or_there_is_no_room_there_is_no_case() -> None:
    with pytest.raises(NoCase, match="no such number"):
        made(torch.nn.Tanh(), drawn(torch.float32), LONE_EVENTS, LARGER)
    with pytest.raises(NoCase, match="no room"):
        made(Since(), drawn(torch.int64)[:, :8], LONE_EVENTS, ZEROS)


def carried(model: torch.nn.Module) -> bool:
    with Carries() as heard:
        model(drawn(torch.float32))
    return heard.carried


def test_what_carries_nothing_is_left() -> None:
    assert carried(Since())
    assert not carried(torch.nn.Softmax(-1))


def problem(*dims: str, dtype: str = "int64") -> Problem:
    shape = tuple(int(dim) if dim.isdigit() else 40 for dim in dims)
    free = tuple(FreeSize(dim, 40) for dim in dims if not dim.isdigit())
    spec = TensorSpec("x", shape, dtype, dims)
    return Problem("m.py", "M", 1, "", ExampleInputs("directive", "()", "()"), (spec,), (spec,), (), free_sizes=free)


def planned(of: Problem, *constants: int) -> list[tuple[tuple[int, ...], int | None]]:
    cases = [c for c in plan(of, "full", constants=constants) if c.values in (LONE_EVENTS, LONE_READINGS)]
    assert all(c.only_if_accepted and c.most_seconds for c in cases)
    return list(dict.fromkeys((tuple(case.sizes.values()), case.along) for case in cases))


def test_sizes_are_three_blocks_of_the_largest_number_that_is_cheap_enough() -> None:
    assert planned(problem("s0", "s1"), 32, 1 << 20) == [((97, 5), -2), ((4, 97), -1)]
    assert planned(problem("s0", "s1")) == [((49, 5), -2), ((4, 49), -1)]
    assert planned(problem("s0", "128"), 32) == [((97,), -2), ((40,), -1)]


def test_each_kind_of_input_has_its_events() -> None:
    counts = {"bool": 1, "int64": len(EVENTS), "float32": len(EVENTS) + 1, "complex64": 0}
    for dtype, count in counts.items():
        cases = plan(problem("s0", dtype=dtype), "full", constants=(32,))
        assert len([c for c in cases if c.values in (LONE_EVENTS, LONE_READINGS)]) == count
        assert len({c.name for c in cases if c.values == LONE_EVENTS}) == max(count - (dtype == "float32"), 0)
