"""What is seen of an interpreted kernel's accesses; each runs in a process of its own, patched as a candidate's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PIPELINE = Path(__file__).resolve().parents[2] / "pipeline"
PREAMBLE = """
import json, sys, torch, triton, triton.language as tl
from kernelagent.worker.aot.standing_gpu import StandingGpu
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge import interpreter_access, interpreter_hints, interpreter_maxima, interpreter_memory
from kernelagent.worker.judge import interpreter_scalars
from kernelagent.worker.judge.launch_record import LaunchRecord, watch_launches
memory = GuardedMemory(__file__)
interpreter_scalars.install()
interpreter_maxima.install()
indexed = interpreter_memory.Memory()
indexed.install()
interpreter_access.watch_interpreter(memory.accesses, interpreter_hints.watch(memory.accesses), indexed)
watch_launches(LaunchRecord(), memory, StandingGpu("sm_90"), lambda: 0)

def given(*shape, dtype=torch.float32, purpose="input"):
    tensor = memory.empty_strided(shape, torch.empty(shape).stride(), dtype, purpose)
    return tensor.fill_(1) if purpose != "empty" else tensor

def fresh(*shape, dtype=torch.float32):
    return given(*shape, dtype=dtype, purpose="empty")

def zeros(*shape, dtype=torch.float32):
    return memory.empty_strided(shape, torch.empty(shape).stride(), dtype, "filled").zero_()
"""


def violations(code: str, tmp_path: Path) -> list[str]:
    """``line: text`` of each, the line counted from the first of ``code``."""
    path = tmp_path / "kernel.py"
    text = textwrap.dedent(code).strip()
    path.write_text(f"{PREAMBLE}\n{text}\nprint(json.dumps([[v.line, v.what] for v in memory.accesses.violations]))\n")
    before = PREAMBLE.count("\n") + 1
    return [f"{line - before}: {what}" for line, what in json.loads(ran(path).splitlines()[-1])]


def ran(path: Path) -> str:
    """What ``path`` prints, run as a candidate's process is."""
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(PIPELINE)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


BAD = {
    "reads past the end, into whatever lies there": (
        """
        @triton.jit
        def kernel(x_ptr, y_ptr, out_ptr):
            at = tl.arange(0, 64)
            x = tl.load(x_ptr + at)
            tl.store(out_ptr + at, x + tl.load(y_ptr + at))
        kernel[(1,)](given(60), given(64), fresh(64))
        """,
        "4: reads 4 elements out of bounds of x_ptr: element 60 of x_ptr, whose memory ends before element 60",
    ),
    "reads from a tensor that has no elements": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr):
            at = tl.arange(0, 16)
            tl.store(out_ptr + at, tl.load(x_ptr + at))
        kernel[(1,)](given(0), fresh(16))
        """,
        "4: reads 16 elements out of bounds of x_ptr: x_ptr has no elements at all",
    ),
    "hits another tensor of the launch": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr, distance):
            at = tl.arange(0, 16)
            tl.store(out_ptr + at, tl.load(x_ptr + distance + at))
        x, y = given(16), given(16)
        kernel[(1,)](x, fresh(16), (y.data_ptr() - x.data_ptr()) // 4)
        """,
        "4: reads 16 elements out of bounds of x_ptr",
    ),
    "writes before the start": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr):
            at = tl.arange(0, 16)
            tl.store(out_ptr + at - 2, tl.load(x_ptr + at))
        kernel[(1,)](given(16), fresh(16))
        """,
        "4: writes 2 elements out of bounds of out_ptr: element -1",
    ),
    "reads what nobody wrote": (
        """
        @triton.jit
        def kernel(x_ptr, partial_ptr):
            at = tl.arange(0, 16)
            tl.store(partial_ptr + at, tl.load(x_ptr + at), mask=at < 12)
            tl.debug_barrier()
            tl.store(partial_ptr + at, tl.load(partial_ptr + at) + 1)
        kernel[(1,)](given(16), fresh(16))
        """,
        "6: reads 4 elements that nobody wrote, the first element 12 of partial_ptr",
    ),
    "adds to what nobody zeroed": (
        """
        @triton.jit
        def kernel(x_ptr, total_ptr):
            at = tl.arange(0, 16)
            tl.atomic_add(total_ptr, tl.sum(tl.load(x_ptr + at)))
        kernel[(2,)](given(16), fresh(1))
        """,
        "4: adds to 1 element that nobody wrote, the first element 0 of total_ptr",
    ),
    "reads another program's result": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr):
            me = tl.program_id(0)
            before = tl.load(out_ptr + me - 1, mask=me > 0, other=0.0)
            tl.store(out_ptr + me, tl.load(x_ptr + me) + before)
        kernel[(4,)](given(4), fresh(4))
        """,
        "4: reads what another program of the same launch wrote",
    ),
    "the last program wins": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr):
            tl.store(out_ptr, tl.program_id(0).to(tl.float32))
        kernel[(4,)](given(4), fresh(1))
        """,
        "3: writes another value where another program of the same launch wrote",
    ),
    "a flag without an atomic operation": (
        """
        @triton.jit
        def kernel(x_ptr, partial_ptr, out_ptr, count_ptr):
            me = tl.program_id(0)
            tl.store(partial_ptr + me, tl.load(x_ptr + me))
            done = tl.atomic_add(count_ptr, 1, sem="relaxed")
            if done == 3:
                tl.store(out_ptr, tl.sum(tl.load(partial_ptr + tl.arange(0, 4))))
        kernel[(4,)](given(4), fresh(4), fresh(1), zeros(1, dtype=torch.int32))
        """,
        "7: reads what another program of the same launch wrote",
    ),
    "a plain load of what others add to": (
        """
        @triton.jit
        def kernel(x_ptr, total_ptr, out_ptr):
            me = tl.program_id(0)
            tl.atomic_add(total_ptr + tl.arange(0, 32), tl.load(x_ptr + tl.arange(0, 32)))
            tl.store(out_ptr + me * 32 + tl.arange(0, 32), tl.load(total_ptr + tl.arange(0, 32)))
        kernel[(4,)](given(32), zeros(32), fresh(128))
        """,
        "5: reads what another program of the same launch wrote",
    ),
    "zeroed by one program, added to by all": (
        """
        @triton.jit
        def kernel(x_ptr, total_ptr):
            me = tl.program_id(0)
            if me == 0:
                tl.store(total_ptr, 0.0)
            tl.atomic_add(total_ptr, tl.load(x_ptr + me), sem="relaxed")
        kernel[(4,)](given(4), fresh(1))
        """,
        "6: mixes atomic and plain writes of several programs",
    ),
    "transposes through memory without a barrier": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr, scratch_ptr):
            r, c = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
            tl.store(scratch_ptr + r * 16 + c, tl.load(x_ptr + r * 16 + c))
            tl.store(out_ptr + r * 16 + c, tl.load(scratch_ptr + c * 16 + r))
        kernel[(1,)](given(16, 16), fresh(16, 16), fresh(16, 16))
        """,
        "5: reads what other threads of the same program may not have stored yet",
    ),
    "promises contiguous columns that a remainder breaks": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr, rows, n, BLOCK: tl.constexpr):
            at = tl.arange(0, BLOCK)
            col = tl.max_contiguous(tl.multiple_of(at % n, BLOCK), BLOCK)
            x = tl.load(x_ptr + (at % rows)[:, None] * 32 + col[None, :])
            tl.store(out_ptr + at[:, None] * BLOCK + at[None, :], x)
        kernel[(1,)](given(4, 32), fresh(16, 16), 4, 10, BLOCK=16)
        """,
        "5: uses 4 elements at a time where tl.max_contiguous(16) says",
    ),
    "promises a multiple that a scalar is not": (
        """
        @triton.jit
        def kernel(x_ptr, out_ptr, stride):
            stride = tl.multiple_of(stride, 16)
            tl.store(out_ptr + tl.arange(0, 8), tl.load(x_ptr + stride + tl.arange(0, 8)))
        kernel[(1,)](given(32), fresh(8), 7)
        """,
        "3: promises by tl.multiple_of what is not so: 7 is no multiple of 16",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_is_seen_at_its_line(what: str, tmp_path: Path) -> None:
    code, expected = BAD[what]
    found = violations(code, tmp_path)
    assert found
    assert found[0].startswith(expected)


HONEST = {
    "a remainder that is promised to be contiguous in rows of odd length": """
        @triton.jit
        def kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
            at = tl.arange(0, BLOCK)
            col = tl.max_contiguous(tl.multiple_of(at % n, BLOCK), BLOCK)
            x = tl.load(x_ptr + (at % 4)[:, None] * n + col[None, :])
            tl.store(out_ptr + at[:, None] * BLOCK + at[None, :], x)
        kernel[(1,)](given(4, 11), fresh(16, 16), 11, BLOCK=16)
        """,
    "promises that are kept": """
        @triton.jit
        def kernel(x_ptr, out_ptr, n, stride, BLOCK: tl.constexpr):
            stride = tl.multiple_of(stride, 16)
            at = tl.max_contiguous(tl.multiple_of(tl.program_id(0) * BLOCK + tl.arange(0, BLOCK), BLOCK), BLOCK)
            x = tl.load(x_ptr + stride + at, mask=at < n)
            tl.store(out_ptr + at, x, mask=at < n)
        kernel[(3,)](given(64), fresh(40), 40, 16, BLOCK=16)
        """,
    "the last program reduces": """
        @triton.jit
        def kernel(x_ptr, partial_ptr, out_ptr, count_ptr):
            me = tl.program_id(0)
            tl.store(partial_ptr + me, tl.load(x_ptr + me))
            tl.debug_barrier()
            if tl.atomic_add(count_ptr, 1) == 3:
                tl.store(out_ptr, tl.sum(tl.load(partial_ptr + tl.arange(0, 4))))
                tl.store(count_ptr, 0)
        kernel[(4,)](given(4), fresh(4), fresh(1), zeros(1, dtype=torch.int32))
        """,
    "a lock around a plain sum": """
        @triton.jit
        def kernel(x_ptr, total_ptr, lock_ptr, BLOCK: tl.constexpr):
            at = tl.arange(0, BLOCK)
            x = tl.load(x_ptr + tl.program_id(0) * BLOCK + at)
            while tl.atomic_cas(lock_ptr, 0, 1) == 1:
                pass
            tl.store(total_ptr + at, tl.load(total_ptr + at) + x)
            tl.debug_barrier()
            tl.atomic_xchg(lock_ptr, 0)
        kernel[(4,)](given(64), zeros(16), zeros(1, dtype=torch.int32), BLOCK=16)
        """,
    "the same places stored and loaded": """
        @triton.jit
        def kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
            total = 0.0
            for start in range(0, n, BLOCK):
                at = start + tl.arange(0, BLOCK)
                e = tl.exp(tl.load(x_ptr + at, mask=at < n, other=-float("inf")))
                tl.store(out_ptr + at, e, mask=at < n)
                total += tl.sum(e)
            for start in range(0, n, BLOCK):
                at = start + tl.arange(0, BLOCK)
                tl.store(out_ptr + at, tl.load(out_ptr + at, mask=at < n) / total, mask=at < n)
        kernel[(1,)](given(100), fresh(100), 100, BLOCK=32)
        """,
    "other places after a barrier": """
        @triton.jit
        def kernel(x_ptr, out_ptr, scratch_ptr):
            r, c = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
            tl.store(scratch_ptr + r * 16 + c, tl.load(x_ptr + r * 16 + c))
            tl.debug_barrier()
            tl.store(out_ptr + r * 16 + c, tl.load(scratch_ptr + c * 16 + r))
        kernel[(1,)](given(16, 16), fresh(16, 16), fresh(16, 16))
        """,
    "every program stores the same": """
        @triton.jit
        def kernel(x_ptr, out_ptr):
            tl.store(out_ptr, tl.load(x_ptr) * 2)
        kernel[(4,)](given(4), fresh(1))
        """,
    "atomic sums into zeros": """
        @triton.jit
        def kernel(x_ptr, out_ptr, BLOCK: tl.constexpr):
            at = tl.arange(0, BLOCK)
            tl.atomic_add(out_ptr + at, tl.load(x_ptr + tl.program_id(0) * BLOCK + at))
        kernel[(4,)](given(64), zeros(16), BLOCK=16)
        """,
    "two views of one buffer": """
        @triton.jit
        def kernel(a_ptr, b_ptr, out_ptr):
            at = tl.arange(0, 8)
            tl.store(out_ptr + at, tl.load(a_ptr + at) + tl.load(b_ptr + at))
        x = given(16)
        kernel[(1,)](x[:8], x[8:], fresh(8))
        """,
    "a table of addresses": """
        @triton.jit
        def kernel(table_ptr, out_ptr):
            me = tl.program_id(0)
            source = tl.load(table_ptr + me).to(tl.pointer_type(tl.float32))
            tl.store(out_ptr + me * 8 + tl.arange(0, 8), tl.load(source + tl.arange(0, 8)))
        a, b = given(8), given(8)
        table = given(2, dtype=torch.int64)
        table[0], table[1] = a.data_ptr(), b.data_ptr()
        kernel[(2,)](table, fresh(16))
        """,
    "a descriptor and a block pointer": """
        @triton.jit
        def kernel(x_ptr, out_ptr, rows, cols, BLOCK: tl.constexpr):
            source = tl.make_block_ptr(x_ptr, (rows, cols), (cols, 1), (0, 0), (BLOCK, BLOCK), (1, 0))
            target = tl.make_tensor_descriptor(out_ptr, [rows, cols], [cols, 1], [BLOCK, BLOCK])
            target.store([0, 0], tl.load(source, boundary_check=(0, 1)))
        kernel[(1,)](given(12, 12), fresh(12, 12), 12, 12, BLOCK=16)
        """,
    "a view of other elements": """
        @triton.jit
        def kernel(x_ptr, out_ptr):
            at = tl.arange(0, 8)
            tl.store(out_ptr.to(tl.pointer_type(tl.int32)) + at, tl.load(x_ptr.to(tl.pointer_type(tl.int32)) + at))
        kernel[(1,)](given(8), fresh(8))
        """,
}


@pytest.mark.parametrize("what", HONEST)
def test_is_not_blamed(what: str, tmp_path: Path) -> None:
    assert violations(HONEST[what], tmp_path) == []


NAN = """
import math
x = given(4)
x[1] = math.nan

@triton.jit
def kernel(x_ptr, out_ptr):
    x = tl.load(x_ptr + tl.arange(0, 4))
    tl.store(out_ptr + 0 * 4 + tl.arange(0, 4), tl.maximum(x, 0.5))
    tl.store(out_ptr + 1 * 4 + tl.arange(0, 4), tl.minimum(x, 0.5))
    tl.store(out_ptr + 2 * 4 + tl.arange(0, 4), tl.clamp(x, -0.5, 0.5))
    tl.store(out_ptr + 3 * 4 + tl.arange(0, 4), tl.maximum(x, 0.5, propagate_nan=tl.PropagateNan.ALL))
    tl.store(out_ptr + 4 * 4 + tl.arange(0, 4), tl.max(x, axis=0))

out = fresh(5, 4)
kernel[(1,)](x, out)
print(out[:, 1].tolist())
"""


def test_maxima_pass_over_nan_as_on_a_gpu(tmp_path: Path) -> None:
    """One element is NaN, for ``tl.maximum``, ``tl.minimum``, ``tl.clamp``, with ``propagate_nan``, and ``tl.max``."""
    path = tmp_path / "kernel.py"
    path.write_text(f"{PREAMBLE}\n{NAN}")
    assert ran(path).strip() == "[0.5, 0.5, -0.5, nan, 1.0]"
