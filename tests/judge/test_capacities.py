"""Numbers of elements that a kernel may be made for → where they are found, and what a verdict says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.verdict import Verification
from kernelagent.static.scan import scan

Judge = Callable[..., Verification]

KERNEL = """
import torch
import triton
import triton.language as tl


@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr, BITS: tl.constexpr = 11):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    small = tl.exp(-2.0 * tl.abs(x))
    bits = x.to(tl.int32, bitcast=True)
    {line}
    positive = (1.0 - small) / (1.0 + small)
    tl.store(out_ptr + i, tl.where(x < 0, -positive, positive) * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        tanh_scaled[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), BLOCK=1024)
    return out
"""
FOUND: dict[str, list[int]] = {
    "x = tl.where(i < BLOCK * 4096, x, 0.0)": [1 << 22],
    "x = tl.where(i & ((BLOCK << 12) - 1) == i, x, 0.0)": [1 << 22],
    "i = tl.minimum(i, BLOCK * BLOCK * 8 - 1)": [(1 << 23) - 1],
    "i = i % (BLOCK * 4096)": [1 << 22],
    "x = tl.where((i < n) & (i < 5000000), x, 0.0)": [5000000],
    "x = tl.where(i < n, x, 0.0)": [],
    "i += (bits & 0x7FFFFF) * 0": [],
    "key = (bits << 12) + i; i = key - ((key >> 12) << 12)": [1 << 12],
    "key = (bits << BITS) | tl.arange(0, BLOCK)": [1 << 11],
    "key = x + i.to(tl.float32) / 2048.0": [2048],
    "key = x + i * (1 / 2048)": [2048],
    "key = (1.0 / 49) * i + x": [49],
    "key = x * 2048.0 + i": [2048],
    "key = bits; key <<= 11; key |= i": [1 << 11],
    "key = i; key += bits << 11": [1 << 11],
    "high = bits << 16; both = high | bits": [],
    "half = tl.load(x_ptr + i) >> 16": [],
    "h = i * 3; h ^= h >> 15; h = (h ^ (h >> 13)) * 5; h += h << 6; h = (h << 13) | (h >> 19)": [],
    "x = tl.where(i < n, x / 2048.0, 0.0)": [],
    "i += bits * 0; i = i & 0x7FFFFF": [],
}


@pytest.mark.parametrize("line", FOUND)
def test_a_number_that_something_is_held_against_is_found(line: str) -> None:
    assert [number for number, _ in scan(KERNEL.replace("{line}", line)).capacities] == FOUND[line]


@pytest.mark.parametrize("line", ["key = (bits << BITS) + i", "key = x + i / 2048.0"])
def test_sizes_past_the_room_for_a_place_are_tried(line: str) -> None:
    assert 2048 in scan(KERNEL.replace("{line}", line)).constants


@pytest.mark.parametrize("line", list(FOUND)[:2])
def test_a_number_that_no_case_reaches_is_told_with_how_large_the_largest_was(
    line: str, judge: Judge, tmp_path: Path
) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(KERNEL.replace("{line}", line), encoding="utf-8")
    verification = judge(kernel, "layers::TanhScaled", arch=())
    assert verification.verdict == "pass", verification.summary
    told = [sentence for sentence in verification.not_checked if "nputs of more than" in sentence]
    assert len(told) == 1
    assert told[0].endswith("elements; the kernel holds something against 4,194,304 (line 13), which none reached.")
