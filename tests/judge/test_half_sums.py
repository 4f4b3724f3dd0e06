"""Sums of 16-bit blocks: rounded where compiled code rounds, and told of where they lose something."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from kernelagent.worker.aot import precision

SCRIPT = """
import json
import torch, triton, triton.language as tl
from kernelagent.worker.judge import interpreter_bfloat16, interpreter_half_sums, interpreter_trees
lossy = []
interpreter_trees.install()
interpreter_bfloat16.install()
interpreter_half_sums.install(lambda: lossy.append(1))

@triton.jit
def plus(a, b):
    return a + b

@triton.jit
def larger(a, b):
    return tl.maximum(a, b)

@triton.jit
def kernel(x_ptr, out_ptr, N: tl.constexpr, HOW: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i)
    if HOW == "sum":
        tl.store(out_ptr + i, tl.sum(x))
    elif HOW == "own":
        tl.store(out_ptr + i, tl.reduce(x, 0, plus))
    elif HOW == "largest":
        tl.store(out_ptr + i, tl.reduce(x, 0, larger))
    elif HOW == "picked":
        tl.store(out_ptr + i, tl.sum(tl.where(i == 3, x, 0.0)))
    elif HOW == "wide":
        tl.store(out_ptr + i, tl.sum(x.to(tl.float32)))
    else:
        tl.store(out_ptr + i, tl.cumsum(x))

def of(dtype, how, n=64):
    lossy.clear()
    x = (torch.rand(n, generator=torch.Generator().manual_seed(3)) * 10 + 50).to(dtype)
    out = torch.empty(n, dtype=dtype)
    kernel[(1,)](x, out, N=n, HOW=how)
    return out[-1].item(), bool(lossy)

found = {f"{d} {how}": of(getattr(torch, d), how) for d in ("float16", "bfloat16")
         for how in ("sum", "own", "largest", "picked", "wide", "scan")}
found["float16 two"] = of(torch.float16, "sum", 2)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float, bool]]:
    file = tmp_path_factory.mktemp("sums") / "script.py"  # Triton reads a kernel's source from its file
    file.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "TRITON_INTERPRET": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, tuple[float, bool]] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(
    ("how", "loses"), [("sum", True), ("own", True), ("largest", False), ("picked", False), ("wide", False)]
)
def test_what_loses_is_told_of(dtype: str, how: str, loses: bool, found: dict[str, tuple[float, bool]]) -> None:
    assert found[f"{dtype} {how}"][1] is loses


def test_one_addition_loses_nothing(found: dict[str, tuple[float, bool]]) -> None:
    assert found["float16 two"][1] is False


def test_sums_round_at_each_level(found: dict[str, tuple[float, bool]]) -> None:
    """So that a sum is off by a few units, and no more."""
    for dtype, unit in (("float16", 2.0), ("bfloat16", 16.0)):
        right = found[f"{dtype} wide"][0]
        for how in ("sum", "own", "scan"):
            assert found[f"{dtype} {how}"][0] == pytest.approx(right, abs=6 * unit)


TTIR = """
    %1 = "tt.reduce"(%0) <{axis = 0 : i32}> ({
    ^bb0(%a: TYPE, %b: TYPE):
      %29 = arith.OPERATION %a, %b : TYPE loc(#loc63)
      tt.reduce.return %29 : TYPE
    }) : (tensor<64xTYPE>) -> TYPE
    %x = arith.addf %1, %1 : f16
"""


@pytest.mark.parametrize(
    ("operation", "dtype", "told"),
    [("addf", "f16", "f16"), ("addf", "bf16", "bf16"), ("addf", "f32", None), ("maxnumf", "f16", None)],
)
def test_the_compiled_code_is_asked(operation: str, dtype: str, told: str | None) -> None:
    assert precision.sums(TTIR.replace("TYPE", dtype).replace("OPERATION", operation)) == told
