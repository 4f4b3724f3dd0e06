"""How many random numbers are drawn, by the module and by its kernel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from kernelagent.worker.judge.counted_draws import KernelDraws, ModuleDraws

X = torch.zeros(4, 10)

MODULES: dict[str, tuple[Callable[[], object], int | None]] = {
    "dropout": (lambda: torch.dropout(X, 0.5, True), 40),
    "none in evaluation": (lambda: torch.dropout(X, 0.5, False), 0),
    "twice": (lambda: torch.rand(3) + torch.randn_like(X[0, :3]), 6),
    "what cannot be told": (lambda: torch.multinomial(torch.ones(4), 2), None),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_modules_draws_are_counted(name: str) -> None:
    draw, count = MODULES[name]
    with ModuleDraws() as counted:
        draw()
    assert counted.count == count


def test_a_number_that_is_drawn_again_is_no_other_one() -> None:
    draws = KernelDraws()
    draws.note(7, np.arange(100), 0, 0, 0)
    assert draws.different() is None
    draws.watching = True
    for seed, start in ((7, 0), (7, 20), (8, 0)):
        draws.note(seed, np.arange(start, start + 40), 0, 0, 0)
    assert draws.different() == 60 + 40
    assert draws.told(100, "tl.rand(seed, i)") == ""
    assert draws.told(101, "tl.rand(seed, i)").endswith("the kernel has 100 numbers where the module draws 101")
    assert draws.told(101, "tl.rand4x(seed, i)") == "" and draws.told(None, "tl.rand(seed, i)") == ""
