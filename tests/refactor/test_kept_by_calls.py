"""What a call of a rewritten module changes, wherever it keeps it; and what it may change."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from kernelagent.worker.refactor.kept_by_calls import kept, standing
from kernelagent.worker.refactor.trial import load_fused

FILE = """\
import functools
import itertools
from collections import deque

import torch

NUMBERS = itertools.count()
LAST = deque([], 3)
SEEN = {{}}
ODD = iter([1, 2, 3])


@functools.cache
def doubled(n):
    return 2 * n


def made():
    held = []

    def put(x):
        held.append(x)
        return x

    return put


def steps():
    while True:
        yield 1


put, going = made(), steps()


class Piece(torch.nn.Module):
    calls = 0

    def forward(self, x, results=[]):
        {piece}
        return x


class Fused(torch.nn.Module):
    def __init__(self, state):
        super().__init__()
        self.state = state
        self.piece = Piece()
        self.table = torch.zeros(3, dtype=torch.bfloat16)

    def forward(self, x):
        {fused}
        return self.piece(x)
"""


def changed(tmp_path: Path, fused: str = "pass", piece: str = "pass") -> list[str]:
    file = tmp_path / "fused.py"
    file.write_text(FILE.format(fused=fused, piece=piece), encoding="utf-8")
    state = {"weight": torch.ones(3), "count": torch.zeros((), dtype=torch.int64)}
    model = load_fused(file, "Fused")(state)
    before = standing(model, state)
    model(torch.randn(2, 3))
    return kept(before, standing(model, state))


@pytest.mark.parametrize(
    ("fused", "piece", "where"),
    [
        ("self.last = x", "pass", "self.last"),
        ("self.state['last'] = x", "pass", "last"),
        ("self.table.add_(1)", "pass", "self.table"),
        ("self.state['weight'].last = x", "pass", ".last"),
        ("next(NUMBERS)", "pass", "NUMBERS"),
        ("next(ODD)", "pass", "ODD"),
        ("LAST.append(x)", "pass", "LAST"),
        ("doubled(x.shape[0])", "pass", "doubled"),
        ("put(x)", "pass", "held of put"),
        ("next(going)", "pass", "going"),
        ("made.last = x", "pass", "made.last"),
        ("SEEN[x.shape[0]] = 1", "pass", "SEEN"),
        ("SEEN.update(x=x)", "pass", "SEEN"),
        ("pass", "results.append(x)", "a default argument of"),
        ("pass", "Piece.calls += 1", "Piece.calls"),
        ("pass", "self.calls = self.calls + 1", "self.piece.calls"),
        ("global LAST; LAST = x", "pass", "LAST"),
    ],
)
def test_whatever_is_kept_is_seen(tmp_path: Path, fused: str, piece: str, where: str) -> None:
    names = changed(tmp_path, fused, piece)
    assert any(where in name for name in names), names


@pytest.mark.parametrize(
    "fused", ["pass", "self.state['weight'].copy_(x[0])", "self.state['count'].add_(1)", "y = [x]; y.append(x)"]
)
def test_values_of_the_state_may_change(tmp_path: Path, fused: str) -> None:
    assert changed(tmp_path, fused) == []
