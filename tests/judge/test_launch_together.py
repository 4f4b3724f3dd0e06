"""Programs that run together leave what programs one by one leave; what only those can tell is told as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KERNELS = """
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def twice(x):
    return x + x


@triton.jit
def larger_sum(a, b):
    return tl.maximum(a, b) + 0.5 * tl.minimum(a, b)


@triton.jit
def pointwise(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + offs, mask=offs < n, other=1.0)
    v = tl.where(v > 0.0, libdevice.tanh(v), twice(v) / 3.0)
    tl.store(out + offs, tl.exp(v).to(tl.float16).to(tl.float32), mask=offs < n)


@triton.jit
def product(x, out, other, n, BLOCK: tl.constexpr):
    rows = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    acc = tl.zeros((BLOCK, BLOCK), dtype=tl.float32)
    for k in range(0, n, BLOCK):
        ks = k + tl.arange(0, BLOCK)
        a = tl.load(x + rows[:, None] * n + ks[None, :], mask=(rows[:, None] < n) & (ks[None, :] < n), other=0.0)
        b = tl.load(other + ks[None, :] * n + tl.arange(0, BLOCK)[:, None], mask=ks[None, :] < n, other=0.0)
        acc = tl.dot(a, b.T, acc, input_precision="ieee")
    tl.store(out + rows[:, None] * BLOCK + tl.arange(0, BLOCK)[None, :], acc, mask=rows[:, None] < n)


@triton.jit
def reduced(x, out, other, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    v = tl.load(x + row * n + tl.arange(0, BLOCK), mask=tl.arange(0, BLOCK) < n, other=0.0)
    place = tl.argmax(v, axis=0)
    best = tl.max(v, axis=0) + tl.sum(v, axis=0) + tl.reduce(v, 0, larger_sum)
    turned = tl.trans(tl.reshape(v, (2, BLOCK // 2))) * 2.0
    shared = tl.sum(turned, axis=1) + tl.join(tl.sum(turned), best).sum()
    scanned = tl.cumsum(v, axis=0) + tl.associative_scan(v, 0, larger_sum)
    tl.store(out + row * BLOCK + tl.arange(0, BLOCK), scanned + best + place + tl.sum(shared))


@triton.jit
def drawn(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offs, tl.rand(n, offs), mask=offs < n)


@triton.jit
def in_place(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(other + offs, mask=offs < n)
    tl.store(other + offs, v * 2.0, mask=offs < n)
    tl.store(out + offs, v, mask=offs < n)


@triton.jit
def branching(x, out, other, n, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    if pid == 0:
        tl.store(out + tl.arange(0, BLOCK), tl.arange(0, BLOCK) * 1.0)
    else:
        for i in range(pid):
            tl.store(out + pid * BLOCK + tl.arange(0, BLOCK), tl.arange(0, BLOCK) + i * 1.0)


@triton.jit
def added(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(other, tl.sum(tl.load(x + offs, mask=offs < n, other=0.0)))


@triton.jit
def too_far(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offs, tl.load(x + offs * 97, mask=offs < n), mask=offs < n)


@triton.jit
def unwritten(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offs, tl.load(out + (n - 1 - offs), mask=offs < n), mask=offs < n)


@triton.jit
def racing(x, out, other, n, BLOCK: tl.constexpr):
    tl.store(out + tl.arange(0, BLOCK), tl.load(x + tl.program_id(0)) + tl.arange(0, BLOCK))


@triton.jit
def neighbours(x, out, other, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(other + offs, tl.load(other + offs + 1, mask=offs + 1 < n, other=0.0), mask=offs < n)
"""
DRIVER = """
import json, sys
from types import SimpleNamespace
import torch
from kernelagent.worker.judge import interpreter_patches, interpreter_together
if sys.argv[2] == "apart":
    interpreter_together.LEAST = sys.maxsize
from pathlib import Path
from kernelagent.worker.judge.comparisons import Comparisons
from kernelagent.worker.judge.divisions import Divisions
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.launch_record import LaunchRecord, watch_launches
from kernelagent.worker.judge.rounds import Rounds
from kernelagent.worker.aot.standing_gpu import StandingGpu

file = Path(sys.argv[1])
memory, rounds, comparisons = GuardedMemory(str(file)), Rounds(), Comparisons(file)
still = SimpleNamespace(paused=False)
interpreter_patches.install(file, memory.accesses, still, rounds, comparisons, Divisions(file), lambda: False)
watch_launches(LaunchRecord(), memory, StandingGpu("sm_90"), lambda: 0)
ran = []
original = interpreter_together.Launch.run_together
def counted(launch, arguments):
    found = original(launch, arguments)
    ran.append(found)
    return found
interpreter_together.Launch.run_together = counted

namespace = {"__name__": "kernels", "__file__": str(file)}
exec(compile(file.read_text(), str(file), "exec"), namespace)
import linecache
torch.manual_seed(0)

def tensor(values, purpose):
    made = memory.empty_strided(tuple(values.shape), values.stride(), values.dtype, purpose)
    if purpose != "empty":
        made.copy_(values)
    return made

told = {}
for name in json.loads(sys.argv[3]):
    memory.accesses.violations.clear()
    memory.accesses.lanes.clear()
    n = 37
    x = tensor(torch.randn(n, n), "input")
    other, out = tensor(torch.randn(n * n), "state"), tensor(torch.empty(n * 64), "empty")
    ran.clear()
    block = 64 if name == "reduced" else 16
    namespace[name][(3 if name not in ("reduced",) else n,)](x, out, other, n, BLOCK=block)
    told[name] = {
        "out": out.view(torch.int32).tolist(), "other": other.view(torch.int32).tolist(),
        "violations": [(v.what, v.line) for v in memory.accesses.violations],
        "lanes": {k: (v.there, v.used) for k, v in memory.accesses.lanes.items()},
        "written": [sorted(b.lines) for b in (memory.block_of(out), memory.block_of(other))],
        "ways": rounds.take_ways(), "together": list(ran),
    }
told["unseen"] = {"rounds": rounds.unseen(), "comparisons": comparisons.unseen()}
print(json.dumps(told))
"""
TOGETHER = ("pointwise", "product", "reduced", "drawn", "in_place")
APART = ("branching", "added", "too_far", "unwritten", "racing", "neighbours")
REPORTED = {
    "too_far": "out of bounds",
    "unwritten": "nobody wrote",
    "racing": "another",
    "neighbours": "may not have read yet",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("together")
    kernels, driver = folder / "kernels.py", folder / "driver.py"
    kernels.write_text(KERNELS, encoding="utf-8")
    driver.write_text(DRIVER, encoding="utf-8")
    found = {}
    for way in ("together", "apart"):
        done = subprocess.run(
            [sys.executable, str(driver), str(kernels), way, json.dumps([*TOGETHER, *APART])],
            env={**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT / "pipeline")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found[way] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", [*TOGETHER, *APART, "unseen"])
def test_all_that_is_told_is_the_same(told: dict[str, dict[str, Any]], name: str) -> None:
    together, apart = ({k: v for k, v in told[way][name].items() if k != "together"} for way in ("together", "apart"))
    assert together == apart


@pytest.mark.parametrize("name", TOGETHER)
def test_these_run_together(told: dict[str, dict[str, Any]], name: str) -> None:
    assert told["together"][name]["together"] == [True]
    assert told["together"][name]["violations"] == []


@pytest.mark.parametrize("name", APART)
def test_these_run_one_by_one(told: dict[str, dict[str, Any]], name: str) -> None:
    assert told["together"][name]["together"] == [False]
    reported = " ".join(what for what, _ in told["together"][name]["violations"])
    assert REPORTED.get(name, "") in reported
    assert bool(reported) is (name in REPORTED)
