"""Reductions and scans by a function of the kernel's own: as a tree, which is right for associative functions alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json
import torch, triton, triton.language as tl
from kernelagent.worker.judge import interpreter_trees
interpreter_trees.install()

@triton.jit
def larger(a, b):
    return tl.maximum(a, b)

@triton.jit
def decayed(a, b):
    return 0.5 * a + b

@triton.jit
def first_of_pairs(a, i, b, j):
    return tl.where(b > a, b, a), tl.where(b > a, j, i)

@triton.jit
def kernel(x_ptr, out_ptr, N: tl.constexpr, M: tl.constexpr):
    at = tl.arange(0, N)[:, None] * M + tl.arange(0, M)[None, :]
    x = tl.load(x_ptr + at)
    places = tl.broadcast_to(tl.arange(0, M)[None, :], (N, M))
    best, where = tl.reduce((x, places), 1, first_of_pairs)
    tl.store(out_ptr + at, tl.associative_scan(x, 1, larger))
    tl.store(out_ptr + N * M + tl.arange(0, N), tl.reduce(x, 1, larger))
    tl.store(out_ptr + N * M + N + tl.arange(0, N), where.to(tl.float32))
    tl.store(out_ptr + N * M + 2 * N + tl.arange(0, M), tl.reduce(x, 0, larger))
    tl.store(out_ptr + N * M + 2 * N + M + tl.arange(0, N), tl.reduce(x, 1, decayed))

torch.manual_seed(0)
x = torch.randn(4, 8)
out = torch.empty(4 * 8 + 4 + 4 + 8 + 4)
kernel[(1,)](x, out, N=4, M=8)
scan, most, where, columns, odd = out.split([32, 4, 4, 8, 4])
folded = torch.zeros(4)
for column in x.t():
    folded = 0.5 * folded + column
print(json.dumps({
    "scan": bool(torch.equal(scan.view(4, 8), x.cummax(1).values)),
    "reduce": bool(torch.equal(most, x.amax(1))),
    "pairs": bool(torch.equal(where.long(), x.argmax(1))),
    "other axis": bool(torch.equal(columns, x.amax(0))),
    "not associative": not torch.allclose(odd, folded),
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    file = tmp_path_factory.mktemp("trees") / "script.py"  # Triton reads a kernel's source from its file
    file.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "TRITON_INTERPRET": "1"},
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, bool] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("what", ["scan", "reduce", "pairs", "other axis", "not associative"])
def test_as_a_tree(what: str, found: dict[str, bool]) -> None:
    assert found[what]
