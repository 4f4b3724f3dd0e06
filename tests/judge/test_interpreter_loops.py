"""Numbers of loops are the compiler's: of 32 or 64 bits, divided towards zero."""

from __future__ import annotations

import pytest
from kernelagent.worker.judge.interpreter_loops import LoopNumber, WideLoopNumber, _numbers

N = LoopNumber
COMPUTED = {
    "a quotient": (N(-5) // 2, -2),
    "by one": (-7 // N(2), -3),
    "a remainder": (N(-5) % 3, -2),
    "of a divisor": (7 % N(-3), 1),
    "a sum that wraps": (N(2**31 - 1) + 1, -(2**31)),
    "a product that wraps": (N(1 << 16) * (1 << 16), 0),
    "a shift": (1 << N(4), 16),
    "a shift of all bits": (1 << N(33), 0),
    "a shift to the right": (N(-8) >> 1, -4),
    "a negative": (-N(3), -3),
    "wide": (WideLoopNumber(2**31 - 1) + 1, 2**31),
    "beside a wide one": (N(2) * WideLoopNumber(2**31), 2**32),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_they_are_computed_as_compiled(name: str) -> None:
    got, wanted = COMPUTED[name]
    assert int(got) == wanted
    assert isinstance(got, LoopNumber)


@pytest.mark.parametrize(
    ("bounds", "wanted"),
    [((3,), [0, 1, 2]), ((1, 7, 3), [1, 4]), ((4, 0, -2), [4, 2]), ((2, 2), [])],
)
def test_a_range_is_pythons(bounds: tuple[int, ...], wanted: list[int]) -> None:
    numbers = _numbers(*bounds)
    assert [int(n) for n in numbers] == wanted
    assert len(numbers) == len(wanted)
    assert all(type(n) is LoopNumber for n in numbers)


def test_hints_of_a_range_mean_nothing() -> None:
    assert [int(n) for n in _numbers(0, 6, step=2, num_stages=3, flatten=True)] == [0, 2, 4]


def test_large_bounds_take_64_bits() -> None:
    assert all(type(n) is WideLoopNumber for n in _numbers(2**31, 2**31 + 2))
