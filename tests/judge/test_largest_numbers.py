"""Which modules are asked about magnitudes up to the largest number of a type, and at which elements."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.largest_numbers import up_to_the_largest
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen
from torch import nn
from torch.nn import functional as F

Function = Callable[[torch.Tensor], torch.Tensor]
LARGEST = torch.finfo(torch.float32).max


class Module(nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


def planted(function: Function, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    torch.manual_seed(1)
    x = torch.randn(24, 50).to(dtype)
    found = up_to_the_largest(Module(function), Specimen((x,), {}, ("x",)), 1).args[0]
    changed: torch.Tensor = found[found != x]
    return changed.abs().double()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_the_largest_number_is_reached(dtype: torch.dtype) -> None:
    assert float(planted(torch.relu, dtype).max()) == torch.finfo(dtype).max


@pytest.mark.parametrize(
    ("function", "overflows_from"),
    [
        (lambda x: x * 2 + 1, LARGEST / 2),
        (lambda x: x * (torch.clamp(x + 3, 0, 6) / 6), 2 * LARGEST),
        (lambda x: F.batch_norm(x, torch.zeros(50), torch.full((50,), 0.0625), torch.full((50,), 0.25)), LARGEST / 4),
    ],
)
def test_nothing_is_asked_where_the_module_overflows(function: Function, overflows_from: float) -> None:
    assert overflows_from / 4 < float(planted(function).max()) < overflows_from


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.cumsum(1),
        lambda x: x - x.mean(1, keepdim=True),
        lambda x: F.layer_norm(x, (50,)),
        lambda x: x.softmax(-1),
        lambda x: F.max_pool1d(x, 3, 1, 1),
        lambda x: x.sum(1),
        lambda x: x * x,
        lambda x: torch.sin(x * 2.5),
        lambda x: torch.cos(x / 3.0),
    ],
)
def test_what_depends_on_other_elements_or_overflows_everywhere_is_no_case(function: Function) -> None:
    with pytest.raises(NoCase):
        planted(function)
