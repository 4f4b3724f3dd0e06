"""A result that rounding alone decides is told from one that is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.synth.rounding import is_rounding, off_by_a_unit, only_float64_holds


class Of(nn.Module):
    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


EQUAL = torch.full((5, 3), 0.7)
UNEQUAL = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
TURNS = torch.tensor([1.0, 3.0, 0.2, 0.7])


@pytest.mark.parametrize(
    ("function", "x", "got", "is_one"),
    [
        (lambda x: x.var(0), EQUAL, torch.full((3,), 3e-15), True),
        (lambda x: x.var(0), EQUAL, torch.full((3,), 1e-9), False),
        (lambda x: x.var(0), UNEQUAL, torch.zeros(3), False),
        (lambda x: (x / 3 * 3).argmax(0), EQUAL, torch.tensor([1, 4, 2]), True),
        (lambda x: x.argmax(0), EQUAL, torch.tensor([1, 4, 2]), False),  # nothing is rounded: the first it is
        (lambda x: (x / 10 * 10).floor(), TURNS, torch.tensor([0.0, 3.0, 0.0, 0.0]), True),
        (lambda x: (x / 10 * 10).floor(), TURNS, torch.tensor([1.0, 3.0, 1.0, 0.0]), False),
        (lambda x: x - x, UNEQUAL, torch.full((5, 3), 1e-7), False),
        (lambda x: x.sum(0), UNEQUAL, UNEQUAL.sum(0) * 1.01, False),
    ],
)
def test_rounding_is_told_from_wrong(
    function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, got: torch.Tensor, is_one: bool
) -> None:
    model = Of(function)
    runs = [run[0] for run in off_by_a_unit(model, (x,), {})]
    assert is_rounding(got, model(x), 0.0, 16.0, runs) is is_one


def test_what_leaves_the_dtype_on_the_way_is_told_from_what_is_not_a_number() -> None:
    norms = torch.tensor([0.0, 3.0]).half()
    want = torch.cat([norms / norms.clamp(min=1e-8), torch.tensor([torch.inf, 9e4]).half()])
    exact = torch.tensor([0.0, 1.0, torch.nan, 9e4]).double().half()
    assert want.isfinite().tolist() == [False, True, False, False]
    assert only_float64_holds(want, exact).tolist() == [True, False, False, False]
