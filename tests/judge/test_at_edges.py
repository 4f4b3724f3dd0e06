"""Inputs at which what a module computes of several elements is just the number that it is held against."""

from __future__ import annotations

import math

import pytest
import torch
from kernelagent.worker.judge.at_edges import AtEdges, at_edges
from kernelagent.worker.judge.edge_sites import EdgeSites, Site
from kernelagent.worker.judge.exact_arithmetic import RUNS, Shaken, exact
from kernelagent.worker.problem import Specimen


class Far(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(x * x + y * y) > 2.5


class Loud(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        power = (x * y).mean(-1, keepdim=True)
        return torch.where(power >= 0.25, x, -y)


class Paused(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return ((x - y) * 60.0 > 1800.0).sum(-1)


class Rounded(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.round(x + y / 4)


class Searched(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.bucketize(x + y, torch.tensor([0.75, 1.5]))


class Weighed(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([1 / 3, 0.7]))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x[:, :2] * self.weight).sum(-1) > 0.5


class Kept(torch.nn.Module):
    """Both ways give the same just at the number."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        total = x + y
        return torch.where(total > 1.5, total, torch.full_like(total, 1.5))


class Third(torch.nn.Module):
    """Nothing of few digits is a third."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y > 1 / 3


class OfOne(torch.nn.Module):
    """Nothing is computed."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x > 0.5) & (y.t().t() > 0.25)


def given(width: int = 16) -> Specimen:
    generator = torch.Generator().manual_seed(0)
    return Specimen(tuple(torch.randn(6, width, generator=generator) for _ in range(2)), {}, ("x", "y"))


def found(model: torch.nn.Module) -> AtEdges:
    return at_edges(model, __file__, [({}, given())], 1)


@pytest.mark.parametrize("model", [Far(), Loud(), Paused(), Rounded(), Searched()], ids=lambda m: type(m).__name__)
def test_computed_values_are_put_just_at_their_edges(model: torch.nn.Module) -> None:
    outcome = found(model)
    assert outcome.found
    assert not outcome.left
    assert outcome.told == []
    site = next(iter(outcome_sites(model, outcome.found[0].specimen)))
    plain = model(*outcome.found[0].specimen.args)
    with EdgeSites(__file__, site):
        turned = model(*outcome.found[0].specimen.args)
    assert not torch.equal(plain, turned)


def outcome_sites(model: torch.nn.Module, specimen: Specimen) -> list[Site]:
    with EdgeSites(__file__) as sites:
        model(*specimen.args)
    return [site for site, is_met in sites.met.items() if is_met]


def test_every_rounding_on_the_way_leaves_what_is_found_as_it_is() -> None:
    specimen = found(Loud()).found[0].specimen
    plain = Loud()(*specimen.args)
    for number in range(RUNS):
        with Shaken(number):
            moved = Loud()(*specimen.args)
        assert torch.equal(plain, moved)


@pytest.mark.parametrize("model", [Weighed(), Kept(), Third()], ids=lambda m: type(m).__name__)
def test_what_no_inputs_were_found_for_is_told(model: torch.nn.Module) -> None:
    outcome = found(model)
    assert outcome.found == ()
    assert len(outcome.told) == 1
    assert "just at an edge" in outcome.told[0]
    assert f"{outcome.left[0].edge:g}" in outcome.told[0]


def test_what_inputs_themselves_are_held_against_is_left_to_other_cases() -> None:
    assert found(OfOne()) == AtEdges()


A = torch.tensor([3.0, 1.0, 9.0, 5.0])
B = torch.tensor([4.0, 3.0, 12.0, 8.0])


@pytest.mark.parametrize(
    ("function", "args", "wanted"),
    [
        (torch.ops.aten.div.Tensor, (A, B), [True, False, False, True]),
        (torch.ops.aten.add.Tensor, (A, B / 3), [False, True, True, False]),
        (torch.ops.aten.sqrt.default, (torch.tensor([2.25, 2.0, 0.0, 6.25]),), [True, False, True, True]),
        (torch.ops.aten.exp2.default, (torch.tensor([3.0, 0.5, -2.0]),), [True, False, True]),
        (torch.ops.aten.pow.Tensor_Scalar, (torch.tensor([1.5, 1 / 3, 4.0]), 2), [True, False, True]),
        (torch.ops.aten.sin.default, (torch.tensor([0.0, 1.0]),), [True, False]),
        (torch.ops.aten.exp.default, (torch.tensor([0.0, 1.0]),), [False, False]),
        (torch.ops.aten.mean.dim, (torch.full((2, 8), 0.75), [-1]), [True, True]),
        (torch.ops.aten.mean.dim, (torch.full((2, 7), 0.75), [-1]), [False, False]),
        (torch.ops.aten.sum.dim_IntList, (torch.tensor([[1.0, 2.0**-30], [1.0, 1.0]]), [-1]), [False, False]),
    ],
)
def test_elements_that_every_arithmetic_gives(function: object, args: tuple[object, ...], wanted: list[bool]) -> None:
    result = function(*args)  # type: ignore[operator]
    name = function._schema.name.partition("::")[2]  # type: ignore[attr-defined]
    assert exact(function, name, args, {}, result).tolist() == wanted


def test_what_is_not_exact_moves_by_little() -> None:
    with Shaken(0):
        moved = torch.full((3,), 2.0).sqrt()
    assert 0 < float((moved - math.sqrt(2)).abs().max()) < 1e-5
