"""Special values in the parts of complex inputs."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.case_values import of_kind
from kernelagent.worker.judge.specimen_values import without_denormals
from kernelagent.worker.problem import Specimen


def given(values: str) -> torch.Tensor:
    example = torch.randn(12, 15, dtype=torch.complex64, generator=torch.Generator().manual_seed(1))
    return of_kind(example, values, torch.Generator().manual_seed(2))  # type: ignore[arg-type]


def test_zeros_of_either_sign_meet_in_both_parts() -> None:
    made = given("zeros that meet")
    re, im = made.real, made.imag
    for part, other in ((re, im), (im, re)):
        for negative in (False, True):
            zero = (part == 0) & (torch.signbit(part) == negative)
            assert bool((zero & (other > 0)).any())
            assert bool((zero & (other < 0)).any())
            assert bool((zero & (other == 0)).any())


def test_infinities_lie_in_a_part() -> None:
    made = torch.view_as_real(given("infinity"))
    assert bool((made == float("inf")).any())
    assert bool((made == -float("inf")).any())


@pytest.mark.parametrize("values", ["elements of every magnitude", "slices of every magnitude"])
def test_both_parts_take_the_same_magnitude(values: str) -> None:
    made, plain = given(values), given("example")
    factors = torch.view_as_real(made) / torch.view_as_real(plain)
    assert torch.equal(factors[..., 0], factors[..., 1])
    assert float(factors.max()) > 1e29
    assert float(factors.min()) < 1e-29


def test_denormals_are_flushed_in_the_parts() -> None:
    made = given("denormal")
    flushed = without_denormals(Specimen((made,), {}, ("z",))).args[0]
    parts = torch.view_as_real(flushed)
    assert not torch.equal(made, flushed)
    assert bool(((parts == 0) | (parts.abs() >= torch.finfo(torch.float32).tiny)).all())


def test_kinds_that_complex_inputs_do_not_take_leave_them() -> None:
    assert torch.equal(given("nan"), given("example"))
