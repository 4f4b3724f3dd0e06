"""Conditions in kernels: the interpreter takes and refuses what the compiler does, and gives the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, sys
os.environ["TRITON_INTERPRET"] = "1"
import torch, triton
import triton.language as tl
from kernelagent.worker.judge import interpreter_conditions, interpreter_scalars
interpreter_scalars.install()
interpreter_conditions.install()

@triton.jit
def inner(a, b):
    return a or b

@triton.jit
def kernel(out_ptr, n, CONSTANT: tl.constexpr):
    i = tl.arange(0, 8)
    one = tl.arange(0, 1)
    value = tl.zeros([8], tl.int32)
{body}
    tl.store(out_ptr + i, value)

out = torch.zeros(8, dtype=torch.int32)
kernel[(1,)](out, 5, CONSTANT={constant})
print(out.tolist())
"""


def run(tmp_path: Path, body: str, constant: str = "0") -> subprocess.CompletedProcess[str]:
    file = tmp_path / "kernel.py"
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    file.write_text(SCRIPT.format(body=indented, constant=constant), encoding="utf-8")
    return subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=300, check=False)


FLOATS = """
import os
os.environ["TRITON_INTERPRET"] = "1"
import torch, triton
import triton.language as tl
from kernelagent.worker.judge import interpreter_scalars
interpreter_scalars.install()

@triton.jit
def kernel(x_ptr, out_ptr, factor, WRITTEN: tl.constexpr):
    x = tl.load(x_ptr + tl.arange(0, 8))
    tl.store(out_ptr + tl.arange(0, 8), {expression})

x = torch.full((8,), {value}, dtype=torch.{dtype})
out = torch.zeros(8, dtype=torch.float64)
kernel[(1,)](x, out, {factor}, WRITTEN={factor})
print(set(out.tolist()))
"""


@pytest.mark.parametrize(
    ("dtype", "value", "factor", "expression", "expected"),
    [
        ("float64", 1.0, 0.1, "x * factor", 0.10000000149011612),
        ("float64", 1.0, 0.1, "x * WRITTEN", 0.1),
        ("float16", 1.0, 0.3, "x * factor", 0.30000001192092896),
        ("float16", 1.0, 0.3, "x * WRITTEN", 0.300048828125),
        ("float16", 60000.0, 2.0, "x * factor", 120000.0),
        ("float32", 1.0, 1e300, "x * factor", float("inf")),
    ],
)
def test_a_float_that_a_kernel_is_launched_with_is_a_float32(
    tmp_path: Path, dtype: str, value: float, factor: float, expression: str, expected: float
) -> None:
    file = tmp_path / "kernel.py"
    file.write_text(FLOATS.format(dtype=dtype, value=value, factor=factor, expression=expression), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == f"{{{expected}}}\n", done.stderr


@pytest.mark.parametrize(
    ("body", "constant", "expected"),
    [
        ("value = ((i < n) and (i > 1)).to(tl.int32)", "0", [0, 0, 1, 1, 1, 0, 0, 0]),
        ("value = ((i < 2) or (i > n)).to(tl.int32)", "0", [1, 1, 0, 0, 0, 0, 1, 1]),
        ("value = (not (i < n)).to(tl.int32)", "0", [0, 0, 0, 0, 0, 1, 1, 1]),
        ("value += ((i < n) and (i > 1) and not (i == 3)).to(tl.int32)", "0", [0, 0, 1, 0, 1, 0, 0, 0]),
        ("value = inner(i < 1, i > 6).to(tl.int32)", "0", [1, 0, 0, 0, 0, 0, 0, 1]),
        ("value = (CONSTANT and (i < n)).to(tl.int32) if CONSTANT else i", "0", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("value = (CONSTANT and (i < n)).to(tl.int32)", "1", [1, 1, 1, 1, 1, 0, 0, 0]),
        ("value = ((i < n) + (i > 1)).to(tl.int32)", "0", [1, 1, 0, 0, 0, 1, 1, 1]),
        ("value = ((i < n) - (i > 1)).to(tl.int32)", "0", [1, 1, 0, 0, 0, 1, 1, 1]),
        ("value = ((i < n) * (i > 1)).to(tl.int32)", "0", [0, 0, 1, 1, 1, 0, 0, 0]),
        ("value = (i < n) + value + (i > 1)", "0", [1, 1, 2, 2, 2, 1, 1, 1]),
        ("value += tl.sum(i < n) + 10 * tl.sum(i < n, dtype=tl.int1)", "0", [15, 15, 15, 15, 15, 15, 15, 15]),
        ("if n > 2 and n < 6:\n    value = i", "0", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("if one < n:\n    value = i", "0", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("while n > 2 and n != 4:\n    n -= 1\nvalue += n", "0", [4, 4, 4, 4, 4, 4, 4, 4]),
    ],
)
def test_conditions_are_taken_element_by_element(tmp_path: Path, body: str, constant: str, expected: list[int]) -> None:
    done = run(tmp_path, body, constant)
    assert done.stdout.strip() == str(expected), done.stderr[-800:]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("value = i and (i > 1)", "`and` of int32 numbers compiles nowhere"),
        ("value = not i", "`not` of int32 numbers compiles nowhere"),
        ("if i < n:\n    value = i", "`if` on a block of shape (8) compiles nowhere"),
        ("value = 1 if i < n else 2", "`if ... else` on a block of shape (8) compiles nowhere"),
        ("while i < n:\n    i += 1", "`while` on a block of shape (8) compiles nowhere"),
        ("while n:\n    n -= 1", "`while` of int32 numbers compiles nowhere"),
        ("value = (0 < i < n).to(tl.int32)", "a chained comparison compiles nowhere"),
    ],
)
def test_what_the_compiler_refuses_is_refused(tmp_path: Path, body: str, message: str) -> None:
    done = run(tmp_path, body)
    assert done.returncode != 0
    assert message in done.stderr
    assert f'File "{tmp_path / "kernel.py"}", line 19' in done.stderr, done.stderr[-1500:]


def test_every_operand_is_computed(tmp_path: Path) -> None:
    """The compiler ends nothing early: the load is made although the first condition is false."""
    done = run(tmp_path, "if n < 0 and tl.device_print('seen', n) is None:\n    value = i")
    assert "seen" in done.stdout
    assert done.stdout.strip().endswith(str([0] * 8)), done.stderr[-800:]
