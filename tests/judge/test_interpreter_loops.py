"""Numbers of loops are the compiler's: of 32 or 64 bits, divided towards zero."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


SCRIPT = """
import os
os.environ["TRITON_INTERPRET"] = "1"
import torch, triton
import triton.language as tl
from kernelagent.worker.judge import interpreter_conditions, interpreter_loops, interpreter_scalars

for patches in (interpreter_scalars, interpreter_conditions, interpreter_loops):
    patches.install()

@triton.jit
def kernel(out_ptr, n):
    for j in range(n):
        tl.store(out_ptr + j, {value})

out = torch.zeros(3, dtype=torch.int64)
kernel[(1,)](out, 3)
print(out.tolist())
"""


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("tl.maximum(j - 2, 0)", [0, 0, 0]),
        ("tl.minimum(j - 2, -1)", [-2, -1, -1]),
        ("tl.where(j < 1, j - 2, j)", [-2, 1, 2]),
        ("tl.abs(j - 2)", [2, 1, 0]),
        ("tl.maximum(j - 3, j - 2).to(tl.int64)", [-2, -1, 0]),
        ("tl.clamp((j - 2) * 1.0, -1.0, 1.0).to(tl.int64)", [-1, -1, 0]),
        ("tl.full((), j - 2, tl.int64)", [-2, -1, 0]),
        ("(j + 2147483647).to(tl.int64)", [2147483647, -2147483648, -2147483647]),
    ],
)
def test_below_zero_they_are_still_int32(value: str, wanted: list[int], tmp_path: Path) -> None:
    file = tmp_path / "kernel.py"
    file.write_text(SCRIPT.format(value=value), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.strip() == str(wanted), done.stderr[-2000:]
