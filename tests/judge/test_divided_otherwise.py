"""Quotients moved by what a GPU's may be off, and what jumps then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from kernelagent.worker.judge.divided_otherwise import chosen, jumps
from kernelagent.worker.judge.divisions import Divisions, moved


def test_a_quotient_moves_by_units_in_the_last_place() -> None:
    quotient = np.array([1.0, -1.0, 0.0, np.inf, np.nan, 5.0], dtype=np.float32)
    by = np.array([3.0, 3.0, 3.0, 3.0, 3.0, 4.0], dtype=np.float32)
    up = moved(quotient, by, 2)
    assert up[0] == np.float32(1 + 2**-22)
    assert up[1] == -up[0]
    assert up[2] == 0
    assert np.isinf(up[3])
    assert np.isnan(up[4])
    assert up[5] == 5, "by a power of two it is exact"
    assert moved(quotient, by, -2)[0] == np.float32(1 - 2**-23)


def test_equal_quotients_stay_equal_and_none_change_places() -> None:
    quotient = np.sort(np.random.default_rng(0).standard_normal(1000).astype(np.float32))
    for units in (2, -2):
        assert (np.diff(moved(quotient, np.float32(3), units)) >= 0).all()


def test_only_what_steps_after_it_was_divided_may_jump(tmp_path: Path) -> None:
    divisions = Divisions(tmp_path / "kernel.py")
    quotient = np.ones(2, dtype=np.float32)
    divisions.begin()
    divisions.stepped()
    divisions.divided(quotient, 3 * quotient)
    assert not divisions.may_jump
    divisions.stepped()
    assert divisions.may_jump
    divisions.begin()
    divisions.divided(quotient, 4 * quotient)
    divisions.stepped()
    assert not divisions.may_jump


@pytest.mark.parametrize(
    ("result", "has_jumped"),
    [
        (torch.floor, True),
        (lambda q: q.to(torch.int32), True),
        (lambda q: (q >= 1).float(), True),
        (lambda q: torch.sqrt(1 - q * q), True),
        (lambda q: q * 3, False),
        (lambda q: torch.exp(20 * q), False),
        (lambda q: (q - 1) * 1e6, False),
        (lambda q: torch.softmax(q, -1), False),
    ],
)
def test_what_jumps_is_told_from_what_is_steep(
    result: Callable[[torch.Tensor], torch.Tensor], has_jumped: bool, tmp_path: Path
) -> None:
    divisions = Divisions(tmp_path / "kernel.py")
    by = np.array([3.0, 37.0, 41.0, 7.0], dtype=np.float32)

    def again() -> torch.Tensor:
        return result(torch.from_numpy(divisions.divided(by / by, by)))

    found = jumps(divisions, again(), again)
    assert (found is not None) == has_jumped
    assert divisions.units == 0


def test_cases_that_others_follow_are_not_made_again() -> None:
    plain = {"values": "example", "empty": False, "follows": False}
    cases = [plain, plain, plain, {**plain, "follows": True}, {**plain, "values": "whole numbers"}]
    assert chosen(cases) == {0, 4}
