"""What a NaN or a number too large becomes as an integer is undefined, and so is a NaN's sign; nothing else is."""

from __future__ import annotations

import torch
from kernelagent.worker.judge.left_open import elements
from kernelagent.worker.problem import Specimen


class Signs(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        step = x[:, :-1] - x[:, 1:]
        return torch.signbit(step), torch.copysign(x[:, 1:], step), step.view(torch.int32), step * 2.0


class Rounded(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        whole = x.to(torch.int8)
        return whole, whole.sum(1)


def test_only_what_comes_of_it() -> None:
    x = torch.tensor([[1.0, 2.0], [float("nan"), 3.0], [127.5, -128.5], [300.0, 1.0]])
    found = elements(Rounded(), Specimen((x,), {}, ("x",)))
    assert found["outputs.0"].tolist() == [[False, False], [True, False], [False, False], [True, False]]
    assert found["outputs.1"].tolist() == [False, True, False, True]


def test_nothing_where_all_fit() -> None:
    assert elements(Rounded(), Specimen((torch.randn(4, 4),), {}, ("x",))) == {}


def test_the_sign_of_a_nan() -> None:
    x = torch.tensor([[float("inf"), float("inf"), 1.0], [1.0, 2.0, -0.0]])
    found = elements(Signs(), Specimen((x,), {}, ("x",)))
    assert set(found) == {"outputs.0", "outputs.1", "outputs.2"}
    assert all(open_.tolist() == [[True, False], [False, False]] for open_ in found.values())
