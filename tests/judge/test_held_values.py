"""Numbers that are held against values, and those that may be sizes."""

from __future__ import annotations

import pytest
import torch
from kernelagent.static.scan import scan
from kernelagent.worker.judge.held_values import HeldValues

KERNEL = """
import torch
import triton
import triton.language as tl

MOST = {most}


@triton.jit
def kernel(x_ptr, out_ptr, n, LIMIT: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=0)
    y = {y}
    tl.store(out_ptr + at, y, mask=at < n)


def kernel_function(x):
    out = torch.empty_like(x)
    kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), LIMIT=MOST, BLOCK=256)
    return out
"""


@pytest.mark.parametrize(
    ("y", "most", "constants"),
    [
        ("tl.minimum(x, 32767)", 1, (256,)),
        ("tl.where(x * 2 > 40000, 0, x)", 1, (256,)),
        ("tl.minimum(x, LIMIT)", 32767, (256,)),
        ("tl.where(at < LIMIT, x, 0)", 32767, (256, 32767)),
        ("tl.where((at < LIMIT) & (x < LIMIT), x, 0)", 32767, (256, 32767)),
        ("tl.minimum(x, 2048)", 1, (256, 2048)),
        ("tl.minimum(x, 1 << 20)", 1, (256,)),
        ("tl.where(at < (1 << 20), x, 0)", 1, (256, 1 << 20)),
    ],
)
def test_what_values_alone_are_held_against_is_no_size(y: str, most: int, constants: tuple[int, ...]) -> None:
    assert scan(KERNEL.format(y=y, most=most)).constants == constants


def held(x: torch.Tensor) -> torch.Tensor:
    return (x.to(torch.int32) * 2).clamp(-32768, 32767)


def windowed(x: torch.Tensor) -> torch.Tensor:
    return x * (torch.arange(x.numel()) < 32767)


def both(x: torch.Tensor) -> torch.Tensor:
    return windowed(held(x))


@pytest.mark.parametrize(
    ("function", "numbers"), [(held, {32767, 32768}), (windowed, set()), (both, {32768}), (torch.sum, set())]
)
def test_numbers_that_a_module_holds_against_values(function: object, numbers: set[int]) -> None:
    x = torch.arange(6, dtype=torch.int16)
    with HeldValues([x]) as watched:
        function(x)  # type: ignore[operator]
    assert watched.numbers == numbers
