"""A kernel that takes two sizes for one: which, and how to say that the module has no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.verdict import Verification

Judge = Callable[..., Verification]

KERNEL = """
import torch
import triton
import triton.language as tl


@triton.jit
def outer(rows_ptr, columns_ptr, out_ptr, N, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    kept = at < N
    value = tl.load(rows_ptr + row) * tl.load(columns_ptr + at, kept)
    tl.store(out_ptr + row * N + at, value, kept)


def kernel_function(rows, columns):
    count = rows.shape[0]
    REFUSAL
    out = torch.empty((count, columns.shape[0]), dtype=rows.dtype, device=rows.device)
    if count:
        rows, columns = rows.contiguous(), columns.contiguous()
        outer[(count,)](rows, columns, out, count, BLOCK=triton.next_power_of_2(count))
    return out
"""


def kernel(folder: Path, refusal: str) -> Path:
    path = folder / "kernel.py"
    path.write_text(KERNEL.replace("REFUSAL", refusal))
    return path


def test_the_two_are_named_and_how_to_tie_them(judge: Judge, tmp_path: Path) -> None:
    verification = judge(kernel(tmp_path, ""), "outer::Outer", arch=())
    notes = [note for check in verification.checks if not check.passed for note in check.notes]
    (told,) = {note for note in notes if "as in the example" in note}
    assert told.startswith("it is right only where rows.shape[0] is columns.shape[0]")
    assert told.endswith("such as: assert rows.shape[0] == columns.shape[0]")


def test_where_the_module_says_it_the_kernel_passes(judge: Judge, tmp_path: Path) -> None:
    assert judge(kernel(tmp_path, ""), "outer::Square", arch=()).verdict == "pass"


def test_nothing_is_said_where_equal_sizes_fail_too(judge: Judge, tmp_path: Path) -> None:
    path = kernel(tmp_path, "")
    path.write_text(path.read_text().replace("value = tl", "value = 1 + tl"))
    verification = judge(path, "outer::Outer", arch=())
    assert not any("as in the example" in note for check in verification.checks for note in check.notes)


def test_that_gradients_were_not_looked_at_is_said(judge: Judge, tmp_path: Path) -> None:
    assert "Gradients: no backward pass was run." in judge(kernel(tmp_path, ""), "outer::Square", arch=()).not_checked
