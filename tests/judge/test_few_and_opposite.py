"""Few whole numbers, of which most pairs are equal, and inputs and rows that are each other's opposite."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.few_whole_numbers import Ordered, with_few_whole_numbers
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.opposites import NEARLY_OPPOSITE, OPPOSITE, OPPOSITE_ROWS, with_opposites
from kernelagent.worker.problem import Specimen


class Above(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x > y).sum(-1)


class FarAbove(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x.exp() > y.exp() - 0.1).sum(-1)


class Positive(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x > 0.5) & (y > 0.5)


def given() -> Specimen:
    return Specimen((torch.randn(10, 48), torch.randn(10, 48)), {}, ("x", "y"))


def test_equal_pairs_are_many() -> None:
    x, y = with_few_whole_numbers(Above(), given(), 1).args
    assert {*x.unique().tolist()} == {0.0, 1.0, 2.0}
    assert 0.2 < float((x == y).float().mean()) < 0.5


def test_nothing_is_asked_where_an_order_of_operations_may_turn_it() -> None:
    with pytest.raises(NoCase, match="exact arithmetic"):
        with_few_whole_numbers(FarAbove(), given(), 1)


@pytest.mark.parametrize(("model", "each_other"), [(Above(), True), (Positive(), False)])
def test_comparisons_of_floats_with_each_other_are_told(model: torch.nn.Module, each_other: bool) -> None:
    with Ordered() as ordered:
        model(*given().args)
    assert (ordered.each_other, ordered.anything) == (each_other, True)


def cosines(x: torch.Tensor, y: torch.Tensor) -> list[float]:
    return torch.cosine_similarity(x, y, dim=-1).tolist()  # type: ignore[no-any-return]


def test_inputs_are_opposite_by_more_and_less() -> None:
    specimen = given()
    found = with_opposites(specimen, OPPOSITE, 1)
    assert torch.equal(found.args[0], specimen.args[0])
    assert torch.equal(found.args[1][1], -2 * specimen.args[0][1])
    of_all = cosines(*found.args)
    assert max(of_all) < -0.7 and sum(c < -0.9995 for c in of_all) >= 5
    nearly = with_opposites(specimen, NEARLY_OPPOSITE, 1)
    assert bool(((nearly.args[1] / nearly.args[0]).std(-1) > 0).all())


def test_every_other_row_is_opposite() -> None:
    x, y = with_opposites(given(), OPPOSITE_ROWS, 1).args
    for rows in (x, y):
        assert max(cosines(rows[0::2], rows[1::2])) < -0.7
    with pytest.raises(NoCase, match="one shape"):
        with_opposites(Specimen((torch.randn(1, 8),), {}, ("x",)), OPPOSITE_ROWS, 1)
