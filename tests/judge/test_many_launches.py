"""Launches that differ in numbers alone are compiled as far as there is time, and the rest is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.options import Options
from kernelagent.driver import compilation
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.standalone import learned
from kernelagent.driver.target import parse_target
from kernelagent.driver.verification import verify
from kernelagent.driver.workers import WorkerPool

MODULE = """
import torch


class Padded(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.pad(x, (0, 3)) * 2.0
"""
KERNEL = """
import torch
import triton
import triton.language as tl


@triton.jit
def twice(x_ptr, out_ptr, rows, WIDTH: tl.constexpr, OUT: tl.constexpr, BLOCK: tl.constexpr):
    for row in range(rows):
        cols = tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * WIDTH + cols, mask=cols < WIDTH, other=0.0)
        tl.store(out_ptr + row * OUT + cols, x * 2.0, mask=cols < OUT)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty((x.shape[0], x.shape[1] + 3), device=x.device, dtype=x.dtype)
    if out.numel():
        twice[(1,)](x, out, x.shape[0], x.shape[1], out.shape[1], BLOCK=triton.next_power_of_2(out.shape[1]))
    return out
"""


@pytest.mark.parametrize("seconds", [0.0, 600.0])
def test_numbers_alone_make_further_launches(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(compilation, "FURTHER_S", seconds)
    module, kernel = tmp_path / "padded.py", tmp_path / "kernel.py"
    module.write_text(MODULE + "\n\ndef get_inputs():\n    return [torch.randn(4, 6)]\n", encoding="utf-8")
    kernel.write_text(KERNEL, encoding="utf-8")
    (tmp_path / "learned").mkdir()
    options = Options(device="cpu", arch=("sm_90",))
    problem = learned(
        parse_target(f"{module}::Padded"), options, pool=pool, folder=tmp_path / "learned", cancel=CancelToken()
    )
    settings: dict[str, Any] = {"on_event": lambda event: None, "cancel": CancelToken()}
    found = verify(kernel, problem, options, pool=pool, work_dir=tmp_path / "judge", **settings)
    assert found.verdict == "pass", found.checks
    told = [line for line in found.not_checked if "more launches of twice" in line]
    assert bool(told) is (seconds == 0.0)
    assert found.compiled
