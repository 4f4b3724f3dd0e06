"""What a NaN or a number too large becomes as an integer is undefined, and so is what comes of it; nothing else is."""

from __future__ import annotations

import torch
from kernelagent.worker.judge.undefined_conversions import elements
from kernelagent.worker.problem import Specimen


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
