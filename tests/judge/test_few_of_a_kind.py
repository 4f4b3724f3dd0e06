"""Masks, class ids and floats of which one, two, or all but one of a row are something else than the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.judge.few_of_a_kind import beside_numbers, of_few_values
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen


def few(tensor: torch.Tensor, along: int | None = -1, turn: int = 0, singles: bool = True) -> torch.Tensor:
    found: torch.Tensor = of_few_values(Specimen((tensor,), {}, ("x",)), along, turn, 1, singles).args[0]
    return found


MASK = torch.rand(8, 12, generator=torch.Generator().manual_seed(0)) > 0.5
COUNTS: dict[str, tuple[torch.Tensor, list[int]]] = {
    "rows": (few(MASK).sum(-1), [1, 11, 2, 10] * 2),
    "columns": (few(MASK, -2).sum(0), [1, 7, 2, 6] * 3),
    "rows of another kind": (few(MASK, turn=2).sum(-1), [2, 10, 1, 11] * 2),
    "the whole": (few(MASK, None).sum()[None], [1]),
    "the whole, turned": (few(MASK, None, 1).sum()[None], [95]),
    "no true by itself": (few(MASK, singles=False).sum(-1), [2, 11, 2, 10] * 2),
    "rows of three": (few(MASK[:, :3]).sum(-1), [1, 2] * 4),
}


@pytest.mark.parametrize("name", COUNTS)
def test_so_many_of_a_mask_hold(name: str) -> None:
    found, wanted = COUNTS[name]
    assert found.tolist() == wanted


def test_places_vary_from_row_to_row_and_are_those_of_other_masks_of_the_shape() -> None:
    one, other = of_few_values(Specimen((MASK, ~MASK), {}, ("a", "b")), -1, 0, 1, True).args
    assert len({int(row.int().argmax()) for row in one[::4]} | {int(row.int().argmin()) for row in one[1::4]}) > 2
    assert torch.equal(one, other)


def test_classes_have_one_member_and_two() -> None:
    found = few(torch.arange(48) % 4, None)
    assert torch.bincount(found).tolist() == [44, 1, 2, 1]
    assert torch.bincount(few(torch.arange(48) % 4, None, 1)).tolist() == [1, 44, 1, 2]
    assert torch.bincount(few(torch.arange(48) % 4, None, singles=False)).tolist() == [42, 2, 2, 2]


@pytest.mark.parametrize("tensor", [torch.arange(64), torch.ones(9, dtype=torch.int64), torch.randn(9), MASK[0, 0]])
def test_what_takes_one_value_or_many_is_left(tensor: torch.Tensor) -> None:
    with pytest.raises(NoCase):
        few(tensor, None)


class Compares(torch.nn.Module):
    def forward(self, x: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        return torch.where((x > 2.5) & (ids != 7)[:, None], x, 0.0)


def beside(own: tuple[float, ...] = (), turn: int = 0, at: bool = True, rows: int = 8) -> torch.Tensor:
    given = Specimen((torch.randn(rows, 12), torch.arange(rows)), {}, ("x", "ids"))
    found: torch.Tensor = beside_numbers(Compares(), given, own, turn, 1, at).args[0]
    return found


def test_one_element_is_past_a_number_before_it_at_it_or_away_from_it() -> None:
    x = beside()
    past, at = (x > 2.5).sum(-1).tolist(), (x == 2.5).sum(-1).tolist()
    assert (past[:2], at) == ([1, 11], [0, 0, 1, 11] * 2)
    assert (beside(at=False) > 2.5).sum(-1).tolist() == [1, 11, 2, 10] * 2
    assert (beside(rows=1, turn=1) > 2.5).sum() == 11


def test_numbers_of_integers_are_not_those_of_floats_and_a_kernel_s_follow() -> None:
    x = beside((-4.0,))
    assert (x == 7).sum() == 0
    assert (x[4:] > -4).sum(-1).tolist()[:2] == [1, 11]
    with pytest.raises(NoCase, match="no float"):
        beside_numbers(torch.nn.Tanh(), Specimen((torch.randn(4, 4),), {}, ("x",)), (), 0, 1, True)


@pytest.mark.parametrize("asks", [lambda s: s == 0, lambda s: s.logical_not(), lambda s: ~s[:, None].any(-1)])
def test_where_zeros_are_asked_for_one_alone_is_none_or_all_but_one_are(asks: Callable[..., torch.Tensor]) -> None:
    class Padding(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.where(asks(x.abs().sum(-1))[:, None], -1.0, x)

    x = beside_numbers(Padding(), Specimen((torch.randn(8, 12),), {}, ("x",)), (), 0, 1, True).args[0]
    assert (x == 0).sum(-1).tolist() == [0, 0, 1, 11] * 2


def names_of(*specs: TensorSpec) -> set[str]:
    problem = Problem("m.py", "M", 1, "", ExampleInputs("directive", "()", "()"), specs, specs, ())
    return {case.name for case in plan(problem, "full") if case.values in ("few of a kind", "one beside a number")}


def test_only_inputs_that_may_tell_something_get_such_cases() -> None:
    x = TensorSpec("x", (8, 12), "float32", ("8", "12"))
    mask = TensorSpec("mask", (8, 12), "bool", ("8", "12"))
    whole = {"few of a kind", "few of another kind"}
    one = {"one of a row beside a number"}
    assert names_of(x) == one
    assert names_of(mask) == {*whole, "few of a kind in each row", "few of a kind along dimension -2"}
    ids = TensorSpec("ids", (12,), "int64", ("12",))
    assert names_of(ids) == whole
    batch = replace(mask, shape=(2, 12), dims=("2", "12"))
    assert names_of(batch) == {*whole, "few of a kind in each row", "two of a kind in each row"}
    assert names_of(replace(x, shape=(12,), dims=("12",))) == {*one, "one of a row beside it otherwise"}


def test_other_kinds_of_values_know_none_of_it() -> None:
    given = Specimen((torch.randn(3), MASK), {}, ("x", "mask"))
    assert all(a is b for a, b in zip(vary(given, "a number compared with", 1).args, given.args, strict=True))
