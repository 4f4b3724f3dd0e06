"""What a module decides on values that every exact arithmetic gives, and what it looks for in its inputs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge import own_numbers, ties
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.problem import Specimen

Function = Callable[[torch.Tensor], torch.Tensor]


class Module(torch.nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


def is_asked(function: Function) -> bool:
    model = Module(function).eval()
    made = Specimen((torch.randn(9, 50),), {}, ("x",))
    try:
        values = ties.palette(model, made)
    except ValueError:
        return False
    return ties.are_met(model, vary(made, "ties", 1, palette=values))


@pytest.mark.parametrize(
    ("function", "asked"),
    [
        (lambda x: torch.where(x > 0.5, x * 0.3, x), True),  # the other number has no part in it
        (lambda x: torch.where((x + 1) * 2 >= 3, x, -x), True),
        (lambda x: torch.where(x.reshape(50, 9).t() > 0.5, 1.0, 0.0), True),
        (lambda x: torch.round(x / 0.3), False),
        (lambda x: torch.where(x * 0.3 > 0.15, x, -x), False),  # 0.5 * 0.3, computed in one way or another
        (lambda x: torch.where(x * 0.3 > 0, x, -x) + torch.where(x > 0.5, 1.0, 0.0), True),  # zero stays zero
        (lambda x: torch.where(x > 0.3, x, -x) + torch.round(x), True),
        (lambda x: x * 2, False),
    ],
)
def test_ties_are_asked_where_arithmetic_is_exact(function: Function, asked: bool) -> None:
    assert is_asked(function) is asked


def test_numbers_looked_for_are_put_into_floats() -> None:
    model = Module(lambda x: torch.where(x != -9999.0, x, 0.0))
    made = Specimen((torch.randn(9, 50),), {}, ("x",))
    planted = own_numbers.with_floats(model, made, 1, rows=True).args[0]
    assert bool((planted[0] == -9999.0).all())
    assert bool((planted[:, 0] == -9999.0).all())
    assert 0 < int((planted[1:, 1:] == -9999.0).sum()) < 200


def test_numbers_that_results_are_compared_with_are_not() -> None:
    made = Specimen((torch.randn(9, 50),), {}, ("x",))
    with pytest.raises(ValueError, match="looks for no number"):
        own_numbers.with_floats(Module(lambda x: torch.where(torch.exp(x) > 4.0, x, 0.0)), made, 1, rows=False)


def test_integers_are_put_at_the_modules_own_and_beside_them() -> None:
    made = Specimen((torch.randint(0, 1000, (9, 50)),), {}, ("x",))
    planted = own_numbers.with_integers(Module(lambda x: torch.where(x >= 50_000, x * 2, x)), made, 1).args[0]
    assert {49_999, 50_000, 50_001} <= set(planted.reshape(-1).tolist())


def test_integers_that_the_module_refuses_are_left_out() -> None:
    table = torch.randn(100, 4)
    made = Specimen((torch.randint(0, 90, (9, 50)),), {}, ("x",))
    planted = own_numbers.with_integers(Module(lambda x: table[x] * (x != 99).unsqueeze(-1)), made, 1).args[0]
    assert {98, 99} <= set(planted.reshape(-1).tolist())
    assert int(planted.max()) == 99


def test_a_label_that_the_module_leaves_out_is_planted_past_the_last_index() -> None:
    class Loss(torch.nn.Module):
        def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.cross_entropy(x, t, ignore_index=255)

    made = Specimen((torch.randn(40, 10), torch.randint(0, 10, (40,))), {}, ("x", "t"))
    labels = own_numbers.with_integers(Loss(), made, 1).args[1]
    assert 255 in labels
    assert sorted(set(labels.tolist()) - {255})[-1] < 10
    exceptions = own_numbers.with_exceptions(Loss(), made, {"t"}, 1).args[1]
    assert {255} <= set(exceptions[exceptions != made.args[1]].tolist()) <= {0, 255}  # nothing comes before 0
    assert own_numbers.with_exceptions(Loss(), made, {"x"}, 1) is made


def test_numbers_whose_neighbours_are_taken_too_are_no_exceptions() -> None:
    made = Specimen((torch.randint(0, 60, (40,)),), {}, ("n",))
    assert own_numbers.with_exceptions(Module(lambda n: torch.where(n > 512, 0, n)), made, {"n"}, 1) is made


def test_a_single_integer_in_a_tensor_is_a_number_too() -> None:
    size = torch.tensor(64)
    made = Specimen((torch.arange(5),), {}, ("x",))
    assert 64 in ties.listened(Module(lambda x: x % size), made).counts
