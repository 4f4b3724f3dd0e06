"""A kernel that takes some sizes only: which, and how to say that the module has no others."""

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
def doubled(x_ptr, out_ptr, WIDTH: tl.constexpr):
    at = tl.program_id(0) * WIDTH + tl.arange(0, WIDTH)
    tl.store(out_ptr + at, tl.load(x_ptr + at) * 2)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        doubled[(x.numel() // x.shape[-1],)](x, out, WIDTH=x.shape[-1])
    return out
"""


def test_the_size_is_named_and_how_to_fix_it(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    verification = judge(tmp_path / "kernel.py", "times_two::Model", arch=())
    (check,) = [check for check in verification.checks if check.name == "runs"]
    assert "power of 2" in check.detail
    (note,) = check.notes
    assert note.startswith("it came through with x.shape[1] at 1, 32, 64 alone")
    assert note.endswith("such as: assert x.shape[1] == 32")


def test_where_the_module_says_it_the_kernel_passes(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    assert judge(tmp_path / "kernel.py", "times_two::Fixed", arch=()).verdict == "pass"


def test_nothing_is_said_of_sizes_where_every_call_fails(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL.replace("    x = x.contiguous()", "    raise ValueError(len(x))"))
    verification = judge(tmp_path / "kernel.py", "times_two::Model", arch=())
    (check,) = [check for check in verification.checks if check.name == "runs"]
    assert check.notes == ()
