"""Inputs that put what a module rounds exactly between two whole numbers, or on one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.given_scales import with_edges
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen
from torch import nn

Function = Callable[..., torch.Tensor]


class Module(nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def made(function: Function, with_steps: bool = False, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    torch.manual_seed(1)
    inputs = [torch.randn(24, 50).to(dtype), (torch.rand(24, 1) * 0.1 + 0.01).to(dtype)][: 1 + with_steps]
    specimen = Specimen(tuple(inputs), {}, ("x", "s")[: len(inputs)])
    return list(with_edges(Module(function), specimen, 19).args)


HALVES: dict[str, tuple[Function, Function]] = {
    "a quotient": (lambda x: torch.round(x / 0.25) * 0.25, lambda x: x / 0.25),
    "a product": (lambda x: torch.round(x * 100) / 100, lambda x: x * 100),
    "decimals": (lambda x: torch.round(x, decimals=2), lambda x: x * 100),
}


@pytest.mark.parametrize("name", HALVES)
def test_halves_of_either_parity_and_sign(name: str) -> None:
    function, argument = HALVES[name]
    (x,) = made(function)
    halves = argument(x)[(argument(x) * 2) % 2 == 1]
    assert {(bool(h > 0), bool(h.floor() % 2 == 0)) for h in halves} >= {(True, True), (False, True)}
    assert len(halves) > 50


def test_of_a_scale_that_float32_rounds_up_halves_that_go_to_zero() -> None:
    (x,) = made(lambda x: torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 255))
    halves = (x * 10)[(x * 10 * 2) % 2 == 1]
    assert len(halves) > 50
    assert torch.equal(halves.round(), halves.trunc())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_steps_that_are_given(dtype: torch.dtype) -> None:
    x, s = made(lambda x, s: torch.clamp(torch.round(x / s), -128, 127) * s, with_steps=True, dtype=dtype)
    assert int(((x / s * 2) % 2 == 1).sum()) > 50


def test_every_way_to_compute_a_half_comes_out_the_same() -> None:
    x, s = made(lambda x, s: torch.round(x / s + 3) * s, with_steps=True)
    wide = x.double() / s.double()
    for ways in (torch.round(x * (1 / s) + 3), torch.round(wide + 3), torch.round(wide.float() + 3)):
        assert torch.equal(ways.double(), torch.round(x / s + 3).double())
    up, even = torch.floor(x / s + 3.5), torch.round(x / s + 3)
    assert int((up != even).sum()) > 20


def test_whole_numbers_where_it_rounds_down() -> None:
    (x,) = made(lambda x: torch.floor(x / 0.125))
    assert bool((x / 0.125 == (x / 0.125).round()).all())


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2,
        lambda x: torch.round(torch.sigmoid(x) * 255),
        lambda x: torch.round(x / (x.abs().amax(-1, keepdim=True) / 127)),
        lambda x: torch.where(torch.round(x / 0.1) * 0.1 > 0.5, x, 0.0),
    ],
)
def test_what_another_order_of_operations_may_turn_is_no_case(function: Function) -> None:
    with pytest.raises(NoCase):
        made(function)
