"""Distributions are told apart where they differ, and not where they don't."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.drawn_samples import CALLS, between, differences, repeats
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
    "a rate that is right on average": lambda: (
        X * (torch.rand(ROWS, COLUMNS) > torch.tensor([0.15, 0.35]).repeat(COLUMNS // 2)) / 0.75
    ),
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


WIDE = torch.randn(181, 191, generator=torch.Generator().manual_seed(5))


def repeated(period: int, rate: float) -> torch.Tensor:
    kept = (torch.rand(period) > rate).repeat(WIDE.numel() // period + 1)[: WIDE.numel()]
    return WIDE * kept.view_as(WIDE) / (1 - rate)


@pytest.mark.parametrize("rate", [0.02, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("period", [300, 1024, 16384, 20001])
def test_a_mask_that_repeats_is_seen_whatever_its_period(period: int, rate: float) -> None:
    reference = calls(lambda: dropout(WIDE, rate, True), 80, 1)
    found = [
        repeat for repeat in repeats(reference, calls(lambda: repeated(period, rate), CALLS, 2)) if not repeat.passed
    ]
    assert found and all(repeat.distance % period == 0 and repeat.got > 0.5 for repeat in found)


def of_rows() -> torch.Tensor:
    return WIDE + torch.randn(len(WIDE), 1)


def of_planes() -> torch.Tensor:
    return torch.nn.functional.dropout2d(WIDE[:180, :190].reshape(20, 9, 10, 19), 0.1, True)


@pytest.mark.parametrize(
    "draw", [*(lambda rate=rate: dropout(WIDE, rate, True) for rate in (0.001, 0.02, 0.5, 0.97)), of_rows, of_planes]
)
def test_what_the_module_shares_itself_is_no_repetition(draw: Callable[[], torch.Tensor]) -> None:
    reference, candidate = calls(draw, 80, 1), calls(draw, CALLS, 2)
    assert all(repeat.passed for repeat in repeats(reference, candidate))
    assert all(abs(d.errors) < 6.0 for d in differences(reference, candidate))


@pytest.mark.parametrize("rate", [0.3, 0.5])
def test_a_rate_off_by_a_hundredth_is_seen(rate: float) -> None:
    reference = calls(lambda: dropout(WIDE, rate, True) + 1, 160, 1)
    off = calls(lambda: WIDE * (torch.rand_like(WIDE) > rate + 0.01) / (1 - rate) + 1, CALLS, 2)
    assert any(not d.passed for d in differences(reference, off))


def test_tails_that_are_cut_off_are_seen() -> None:
    reference = calls(lambda: WIDE + torch.randn_like(WIDE), 160, 1)
    cut = calls(lambda: WIDE + torch.randn_like(WIDE).clamp(-2.5, 2.5), CALLS, 2)
    assert any("deviations" in d.name for d in differences(reference, cut) if not d.passed)
