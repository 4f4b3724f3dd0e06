"""Philox in one go gives what Triton's own gives, step by step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import torch, triton, triton.language as tl
from kernelagent.worker.judge import fixed_draws

@triton.jit
def draw(out, seed, start, WAY: tl.constexpr, N: tl.constexpr):
    i = tl.arange(0, N)
    if WAY == 0:
        tl.store(out + i, tl.rand(seed, i + start))
    elif WAY == 1:
        tl.store(out + i, tl.randn(seed, (i + start).to(tl.int64) * 3))
    elif WAY == 2:
        tl.store(out + i, tl.rand(seed, tl.program_id(0) + start, 7) + tl.zeros((N,), tl.float32))
    elif WAY == 3:
        a, b, c, d = tl.randint4x(seed, i + start)
        tl.store(out + i, (a ^ b ^ c ^ d).to(tl.int32, bitcast=True).to(tl.float32))
    else:
        tl.store(out + i, tl.rand(seed + i, i))

def drawn():
    found = []
    for way in range(5):
        for seed in (0, 5, 2**31 - 1, -3, 2**40 + 17):
            out = torch.zeros(64)
            draw[(1,)](out, seed, 2**20, WAY=way, N=64)
            found.append(out)
    return torch.stack(found)

before = drawn()
fixed_draws.install(lambda: None, lambda *given: noted.append(given))
noted = []
after = drawn()
assert noted and len(before.unique()) > 1000, (len(noted), len(before.unique()))
assert torch.equal(before, after)
"""


def test_it_gives_the_same_numbers(tmp_path: Path) -> None:
    pytest.importorskip("triton")
    file = tmp_path / "drawing.py"  # a kernel's text must lie in a file
    file.write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    done = subprocess.run([sys.executable, str(file)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
