"""Sums that atomic additions keep in 16 bits are named: their error grows with the number of programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.verdict import Verification

Judge = Callable[..., Verification]
KERNEL = """
import torch
import triton
import triton.language as tl


@triton.jit
def added(x_ptr, sum_ptr, rows, columns, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    column = tl.program_id(1)
    x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=row < rows, other=0.0)
    tl.atomic_add(sum_ptr + column, tl.sum(x.to(tl.float32), 0).to(sum_ptr.dtype.element_ty))


@triton.jit
def rounded(sum_ptr, out_ptr, columns, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    tl.store(out_ptr + column, tl.load(sum_ptr + column, mask=column < columns), mask=column < columns)


def kernel_function(x):
    rows, columns = x.shape
    total = torch.zeros((columns,), dtype={dtype}, device=x.device)
    out = torch.empty((columns,), dtype=x.dtype, device=x.device)
    if x.numel():
        added[(triton.cdiv(rows, 64), columns)](x, total, rows, columns, x.stride(0), x.stride(1), BLOCK=64)
    if columns:
        rounded[(1,)](total, out, columns, BLOCK=triton.next_power_of_2(columns))
    return out
"""


@pytest.mark.parametrize(("dtype", "told"), [("torch.float16", 1), ("torch.float32", 0)])
def test_what_atomic_additions_keep_in_16_bits_is_named(dtype: str, told: int, judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(KERNEL.format(dtype=dtype), encoding="utf-8")
    verification = judge(kernel, "column_sums_in_half::Model", arch=())
    found = [s for s in verification.not_checked if "keeps them in float16" in s]
    assert [s.partition("line 12 ")[1] for s in found] == ["line 12 "] * told, verification.not_checked
