"""Distributions are told apart where they differ, and not where they don't."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.drawn_samples import CALLS, between, differences
from torch.nn.functional import dropout

ROWS, COLUMNS = 49, 40
X = torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(3))

WRONG: dict[str, Callable[[], torch.Tensor]] = {
    "rate": lambda: X * (torch.rand(ROWS, COLUMNS) > 0.3) / 0.75,
    "scale": lambda: X * (torch.rand(ROWS, COLUMNS) > 0.25) / 0.7,
    "nothing dropped": lambda: X / 0.75,
    "one number for each row": lambda: X * (torch.rand(ROWS, 1) > 0.25) / 0.75,
    "one number for each column": lambda: X * (torch.rand(COLUMNS) > 0.25) / 0.75,
    "the same in every block": lambda: X * (torch.rand(256) > 0.25).repeat(8)[: X.numel()].view_as(X) / 0.75,
    "a mask that never changes": lambda: X * (X.abs() > 0.3) / 0.75,
}

Pair = Callable[[], tuple[torch.Tensor, torch.Tensor]]


def calls(draw: Callable[[], torch.Tensor], count: int, seed: int) -> list[torch.Tensor]:
    torch.manual_seed(seed)
    return [draw() for _ in range(count)]


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_distribution_is_far_from_the_right_one(name: str) -> None:
    reference = calls(lambda: dropout(X, 0.25, True), 160, 1)
    found = differences(reference, calls(WRONG[name], CALLS, 2))
    assert any(not d.passed for d in found)


@pytest.mark.parametrize("rate", [0.02, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("mixed", [False, True])
def test_the_right_one_is_near(rate: float, mixed: bool) -> None:
    heavy = X**3

    def draw() -> torch.Tensor:
        out = dropout(heavy, rate, True)
        return out.softmax(1) if mixed else out

    def other_roundings() -> torch.Tensor:
        return draw() * (1 + 1e-6)

    worst = max(abs(d.errors) for d in differences(calls(draw, 160, 1), calls(other_roundings, CALLS, 2)))
    assert worst < 6.0


@pytest.mark.parametrize(("rate", "passes"), [(0.25, True), (0.6, False)])
def test_one_number_has_a_distribution_too(rate: float, passes: bool) -> None:
    reference = calls(lambda: dropout(X, 0.25, True).square().mean(), 160, 1)
    found = differences(reference, calls(lambda: dropout(X, rate, True).square().mean(), CALLS, 2))
    assert all(d.passed for d in found) == passes


def two_masks() -> tuple[torch.Tensor, torch.Tensor]:
    return dropout(X, 0.25, True), dropout(X, 0.25, True)[:30]


def one_mask() -> tuple[torch.Tensor, torch.Tensor]:
    kept = (torch.rand(ROWS, COLUMNS) > 0.25) / 0.75
    return X * kept, X[:30] * kept[:30]


@pytest.mark.parametrize("module", [two_masks, one_mask])
@pytest.mark.parametrize("kernel", [two_masks, one_mask])
def test_two_outputs_share_a_mask_where_the_modules_do(module: Pair, kernel: Pair) -> None:
    reference, candidate = calls(lambda: torch.cat(module()), 160, 1), calls(lambda: torch.cat(kernel()), CALLS, 2)
    found = between(*([[t[:ROWS] for t in drawn], [t[ROWS:] for t in drawn]] for drawn in (reference, candidate)))
    assert [abs(figure.errors) < 6.0 for figure in found] == [module is kernel]
    assert all(figure.passed is (module is kernel) for figure in found)


def test_what_does_not_vary_has_no_figures() -> None:
    assert differences([X] * 160, [X] * CALLS) == []
