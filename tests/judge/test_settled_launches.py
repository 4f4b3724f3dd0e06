"""Whether the last of repeated launches still changed anything is told, where no case shows that it did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from kernelagent.contract.verdict import Verification
from kernelagent.worker.judge.settled_launches import SettledLaunches

ROUNDS = 8
Judge = Callable[..., Verification]


def told(*calls: list[list[float]], in_place: bool = False) -> list[tuple[int, str]]:
    """Of calls in which each launch leaves one of these values, in its input or in one of two buffers."""
    settled = SettledLaunches()
    for steps in calls:
        settled.begin()
        buffers = [torch.tensor(steps[0]), torch.empty(len(steps[0]))]
        for number, step in enumerate(steps[1:]):
            new = torch.tensor(step)
            buffers[0 if in_place else (number + 1) % 2] = new
            settled.after("spread", 7, buffers[:1] if in_place else buffers)
    return settled.unseen()


GROWING = [[float(n), 0.0] for n in range(ROUNDS)]
STILL = [[0.0, 0.0], [1.0, 0.0], *[[2.0, 0.0]] * (ROUNDS - 2)]


@pytest.mark.parametrize("in_place", [False, True])
def test_what_stands_still_before_the_end_of_every_call_is_told(in_place: bool) -> None:
    ((line, what),) = told(STILL, STILL, in_place=in_place)
    assert line == 7
    assert what == "spread was launched again and again, and the last time left things as they were in every case"
    assert told(STILL, GROWING, in_place=in_place) == []
    assert told(GROWING, STILL, in_place=in_place) == []
    assert told(STILL[:3], in_place=in_place) == [], "twice is no repetition"


def test_what_is_too_large_to_be_read_again_is_not_told() -> None:
    settled = SettledLaunches()
    for _ in range(5):
        settled.after("spread", 7, [torch.empty((1 << 20) + 1)])
    assert settled.unseen() == []


MODULE = """\
import torch
from torch import nn


# kernelagent: inputs=(torch.randn(3, 40),)
class Clipped(nn.Module):
    def forward(self, x):
        return torch.relu(x)
"""
KERNEL = """\
import torch
import triton
import triton.language as tl


@triton.jit
def clip(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(out + at, tl.where(value < 0, 0.0, value), mask=at < n)


def kernel_function(x):
    here = x.contiguous()
    for _ in range(PASSES):
        there = torch.empty_like(here)
        clip[(triton.cdiv(here.numel(), 64),)](here, there, here.numel(), BLOCK=64)
        here = there
    return here
"""


@pytest.mark.parametrize("passes", [2, 5])
def test_the_verdict_names_the_line(passes: int, judge: Judge, tmp_path: Path) -> None:
    """The first pass does it all."""
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "kernel.py").write_text(KERNEL.replace("PASSES", str(passes)), encoding="utf-8")
    verification = judge(tmp_path / "kernel.py", f"{tmp_path / 'model'}::Clipped")
    assert verification.verdict == "pass", verification.summary
    (line,) = (number for number, text in enumerate(KERNEL.splitlines(), 1) if "clip[(" in text)
    told = f"line {line}: clip was launched again and again"
    assert any(told in text for text in verification.not_checked) is (passes == 5)
