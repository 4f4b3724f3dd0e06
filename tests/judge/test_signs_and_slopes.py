"""Rows whose neighbours alternate, rise, fall or stay: windows over signs and orders are answered both ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.signs_and_slopes import with_signs_and_slopes
from kernelagent.worker.problem import Specimen

Held = Callable[[torch.Tensor], torch.Tensor]


def pairs(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[:, 1:], x[:, :-1]


WINDOWS: dict[str, Held] = {
    "alternates": lambda x: torch.signbit(pairs(x)[0]) ^ torch.signbit(pairs(x)[1]),
    "rises": lambda x: pairs(x)[0] > pairs(x)[1],
    "falls": lambda x: pairs(x)[0] - pairs(x)[1] < 0,
    "stays": lambda x: pairs(x)[0] == pairs(x)[1],
    "is of one sign": lambda x: torch.sign(pairs(x)[0]) == torch.sign(pairs(x)[1]),
}


class Window(torch.nn.Module):
    def __init__(self, held: Held) -> None:
        super().__init__()
        self.held = held

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.held(x).unfold(1, 12, 1).all(-1).any(-1)


@pytest.mark.parametrize("name", WINDOWS)
def test_a_whole_window_is_answered_both_ways(name: str) -> None:
    model = Window(WINDOWS[name])
    given = Specimen((torch.randn(8, 64),), {}, ("x",))
    assert not bool(model(given.args[0]).any())
    answers = model(with_signs_and_slopes(model, given, -1, 0, 63).args[0])
    assert bool(answers.any())
    assert not bool(answers.all())


class Slope(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, 0.1 * x)


@pytest.mark.parametrize("module", [Slope, torch.nn.Tanh])
def test_what_asks_of_each_element_alone_has_no_such_case(module: type[torch.nn.Module]) -> None:
    with pytest.raises(NoCase, match="puts no signs"):
        with_signs_and_slopes(module(), Specimen((torch.randn(8, 64),), {}, ("x",)), -1, 0, 63)
