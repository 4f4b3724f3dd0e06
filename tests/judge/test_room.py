"""Kernels whose room does not grow with the size that fills it are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.problem import FreeSize
from kernelagent.contract.verdict import Verification
from kernelagent.worker.judge.room import Lanes, Room

Judge = Callable[..., Verification]
ROWS, COLUMNS = FreeSize("s0", 4, where="x.shape[0]"), FreeSize("s1", 8, where="x.shape[1]")
SEEN: dict[str, tuple[dict[tuple[int, int], Lanes], str]] = {
    "a block for a row": ({(4, 8): Lanes(256, 32), (4, 60): Lanes(256, 240)}, "x.shape[1] above 60"),
    "blocks one after the other": ({(4, 8): Lanes(256, 32), (4, 100): Lanes(512, 400)}, ""),
    "blocks as large as the row": ({(4, 8): Lanes(32, 32), (4, 9): Lanes(64, 36)}, ""),
    "not what fills it": ({(4, 8): Lanes(256, 32), (4, 60): Lanes(256, 32)}, ""),
    "fuller for another reason": ({(4, 8): Lanes(256, 32), (9, 60): Lanes(512, 540)}, ""),
    "blocks that other sizes hide": (
        {(4, 8): Lanes(256, 32), (4, 12): Lanes(256, 48), (4, 100): Lanes(512, 400)},
        "",
    ),
    "neighbours inside an image": ({(4, 8): Lanes(4096, 3000), (4, 100): Lanes(4096, 4000)}, ""),
    "within the last block": ({(12, 49): Lanes(768, 588), (12, 51): Lanes(768, 612)}, ""),
    "both": ({(2, 8): Lanes(64, 16), (4, 8): Lanes(64, 32), (2, 16): Lanes(64, 32)}, "x.shape[0] above 4"),
}


@pytest.mark.parametrize("name", SEEN)
def test_room_that_does_not_grow_is_told(name: str) -> None:
    calls, wanted = SEEN[name]
    room = Room()
    for (rows, columns), lanes in calls.items():
        room.note({"s0": rows, "s1": columns}, {"kernel": lanes})
    told = list(room.told((ROWS, COLUMNS)))
    assert [wanted in sentence for sentence in told[:1]] == ([True] if wanted else []), told


def test_what_goes_to_another_kernel_is_not_told() -> None:
    room = Room()
    for columns, kernel, lanes in ((8, "narrow", 32), (60, "narrow", 240), (100, "wide", 400), (200, "wide", 800)):
        room.note({"s0": 4, "s1": columns}, {kernel: Lanes(256 if kernel == "narrow" else 4 * columns, lanes)})
    assert list(room.told((ROWS, COLUMNS))) == []


KERNEL = """
import torch
import triton
import triton.language as tl

WIDTHS = {{"widest": len("x" * 16) * len("y" * 64)}}


@triton.jit
def rectified(x_ptr, out_ptr, width, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = {column}
    inside = column < width
    x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=inside)
    tl.store(out_ptr + row * width + column, tl.where(x < 0, 0.0, x), mask=inside)


def kernel_function(x):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    block = WIDTHS["widest"] // {share}
    if x.numel():
        rectified[(x.shape[0], {programs})](x, out, x.shape[1], x.stride(0), x.stride(1), BLOCK=block)
    return out
"""


@pytest.mark.parametrize(
    ("column", "programs", "share", "told"),
    [
        ("tl.arange(0, BLOCK)", "1", 1, 1),
        ("tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)", "triton.cdiv(x.shape[1], block)", 32, 0),
    ],
)
def test_a_block_whose_size_no_number_tells_is_named(
    column: str, programs: str, share: int, told: int, judge: Judge, tmp_path: Path
) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(KERNEL.format(column=column, programs=programs, share=share), encoding="utf-8")
    verification = judge(kernel, "row_doubled::Model", arch=())
    assert verification.verdict == "pass", verification.summary
    assert len([s for s in verification.not_checked if "has room for a fixed number" in s]) == told
