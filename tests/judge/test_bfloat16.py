"""bfloat16 in the interpreter, operation by operation, against PyTorch: right kernels right, to the last bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

KERNELS = """
import os, sys
os.environ["TRITON_INTERPRET"] = "1"
import torch, triton
import triton.language as tl
from kernelagent.worker.judge import interpreter_bfloat16
interpreter_bfloat16.install()

@triton.jit
def pointwise(x_ptr, y_ptr, out_ptr, n, WHAT: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=1.0)
    y = tl.load(y_ptr + i, mask=i < n, other=1.0)
    if WHAT == "add":
        z = x + y
    elif WHAT == "sub":
        z = x - y
    elif WHAT == "mul":
        z = x * y
    elif WHAT == "div":
        z = (x / y).to(tl.bfloat16)
    elif WHAT == "neg":
        z = -x
    elif WHAT == "abs":
        z = tl.abs(x)
    elif WHAT == "scalar":
        z = x * 2.5 + 1
    elif WHAT == "maximum":
        z = tl.maximum(x, y)
    elif WHAT == "where":
        z = tl.where(x > y, x, y)
    elif WHAT == "from int":
        z = tl.where(x > 0, i, -i).to(tl.bfloat16)
    elif WHAT == "by half":
        z = x.to(tl.float16).to(tl.bfloat16)
    elif WHAT == "bits":
        z = (x.to(tl.uint16, bitcast=True) & 0x7FFF).to(tl.bfloat16, bitcast=True)
    elif WHAT == "sort":
        z = tl.sort(x)
    elif WHAT == "zeros":
        z = tl.zeros((BLOCK,), dtype=tl.bfloat16) + x
    elif WHAT == "full":
        z = tl.full((BLOCK,), 0.3, dtype=tl.bfloat16) * x
    else:
        z = tl.exp(x.to(tl.float32)).to(tl.bfloat16)
    tl.store(out_ptr + i, z, mask=i < n)

@triton.jit
def compare(x_ptr, y_ptr, out_ptr, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    x, y = tl.load(x_ptr + i), tl.load(y_ptr + i)
    tl.store(out_ptr + i, (x < y).to(tl.int32) + 2 * (x == y).to(tl.int32) + 4 * (x >= y).to(tl.int32))

@triton.jit
def dot(x_ptr, y_ptr, out_ptr, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)[:, None] * BLOCK + tl.arange(0, BLOCK)[None, :]
    tl.store(out_ptr + i, tl.dot(tl.load(x_ptr + i), tl.load(y_ptr + i)))

@triton.jit
def reduce(x_ptr, out_ptr, WHAT: tl.constexpr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.arange(0, BLOCK))
    if WHAT == "max":
        tl.store(out_ptr, tl.max(x, axis=0))
    elif WHAT == "argmin":
        tl.store(out_ptr, tl.argmin(x, axis=0))
    elif WHAT == "sum in float":
        tl.store(out_ptr, tl.sum(x.to(tl.float32), axis=0))
    else:
        tl.store(out_ptr, tl.sum(x, axis=0))

@triton.jit
def atomic(x_ptr, out_ptr, BLOCK: tl.constexpr):
    tl.atomic_add(out_ptr + tl.zeros((BLOCK,), dtype=tl.int32), tl.load(x_ptr + tl.arange(0, BLOCK)))

torch.manual_seed(0)
N = 64
x, y = torch.randn(N).bfloat16() * 3, torch.randn(N).bfloat16()
EXPECTED = {
    "add": x + y, "sub": x - y, "mul": x * y, "div": x / y, "neg": -x, "abs": x.abs(),
    "scalar": (x * 2.5) + 1, "maximum": torch.maximum(x, y), "where": torch.where(x > y, x, y),
    "from int": torch.where(x > 0, torch.arange(N), -torch.arange(N)).bfloat16(),
    "by half": x.half().bfloat16(), "bits": x.abs(), "sort": x.sort().values, "zeros": x,
    "full": torch.full((N,), 0.3, dtype=torch.bfloat16) * x, "exp": x.float().exp().bfloat16(),
}
for what, expected in EXPECTED.items():
    out = torch.empty(N, dtype=torch.bfloat16)
    pointwise[(1,)](x, y, out, N, WHAT=what, BLOCK=N)
    print(what, "OK" if torch.equal(out, expected) else f"WRONG {out[:4].tolist()} {expected[:4].tolist()}")
y[::3] = x[::3]
flags = torch.empty(N, dtype=torch.int32)
compare[(1,)](x, y, flags, BLOCK=N)
print("compare", "OK" if torch.equal(flags, (x < y).int() + 2 * (x == y).int() + 4 * (x >= y).int()) else "WRONG")
a, b, product = torch.randn(32, 32).bfloat16(), torch.randn(32, 32).bfloat16(), torch.empty(32, 32)
dot[(1,)](a, b, product, BLOCK=32)
print("dot", "OK" if torch.allclose(product.double(), a.double() @ b.double(), rtol=1e-5, atol=1e-4) else "WRONG")
for what, expected in {"max": x.max(), "argmin": x.argmin(), "sum in float": x.float().sum()}.items():
    out = torch.empty((), dtype=expected.dtype)
    reduce[(1,)](x, out, WHAT=what, BLOCK=N)
    print(what, "OK" if torch.allclose(out, expected, rtol=1e-6) else f"WRONG {out} {expected}")
many, out = torch.rand(4096).bfloat16(), torch.empty((), dtype=torch.bfloat16)
reduce[(1,)](many, out, WHAT="sum", BLOCK=4096)
print("sum rounds", "OK" if abs(float(out) - float(many.double().sum())) <= 0.01 * float(out) else f"WRONG {out}")
out = torch.zeros((), dtype=torch.bfloat16)
atomic[(1,)](x, out, BLOCK=N)
print("atomic", "OK" if abs(float(out) - float(x.float().sum())) < 0.5 else f"WRONG {out} {x.sum()}")
special = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-39, 3.39e38, 65280.0, 1.0]).bfloat16()
out = torch.empty(8, dtype=torch.bfloat16)
pointwise[(1,)](special, torch.zeros(8).bfloat16(), out, 8, WHAT="add", BLOCK=8)
print("special", "OK" if torch.equal(out.nan_to_num(7.0), (special + 0).nan_to_num(7.0)) else f"WRONG {out}")
"""


def test_every_operation_agrees_with_pytorch(tmp_path: Path) -> None:
    file = tmp_path / "kernels.py"
    file.write_text(KERNELS)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 24
    assert [line for line in lines if not line.endswith("OK")] == []
