"""What ``tl.assume`` says where it does not hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os
os.environ["TRITON_INTERPRET"] = "1"
import torch, triton
import triton.language as tl
from kernelagent.worker.judge import interpreter_assumed
interpreter_assumed.install()

@triton.jit
def kernel(out_ptr, n, stride, SIZE: tl.constexpr):
    i = tl.arange(0, 8)
    tl.assume({assumed})
    tl.store(out_ptr + i, i + n)

out = torch.zeros(8, dtype=torch.int32)
try:
    kernel[(1,)](out, 5, 0, SIZE=8)
    print(out.tolist())
except Exception as exc:
    print(exc.__cause__ or exc)
"""

ASSUMED = {
    "stride >= 0": "[5, 6, 7, 8, 9, 10, 11, 12]",
    "SIZE == 8": "[5, 6, 7, 8, 9, 10, 11, 12]",
    "stride > 0": "tl.assume(stride > 0) does not hold here: stride is 0 (as is the stride of an expanded tensor along "
    "what it repeats)",
    "n % SIZE == 0": "tl.assume(n % SIZE == 0) does not hold here: SIZE is 8, n is 5",
}


@pytest.mark.parametrize("assumed", ASSUMED)
def test_what_does_not_hold_is_told_with_its_numbers(assumed: str, tmp_path: Path) -> None:
    file = tmp_path / "kernel.py"
    file.write_text(SCRIPT.format(assumed=assumed), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.strip() == ASSUMED[assumed], done.stderr
