"""Loads and stores by NumPy's indexing come out bit for bit as Triton's own loops do."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
os.environ["TRITON_INTERPRET"] = "1"
import sys
import numpy as np
from triton.runtime import interpreter
own_load, own_store = interpreter._interpreter.load, interpreter._interpreter.store
from kernelagent.worker.judge.interpreter_memory import Memory
from kernelagent.worker.judge.launch_windows import Window

memory = Memory()
memory.install()

def judge(dtype, what):
    draw = np.random.default_rng(0)
    bits = draw.integers(0, 256, 4096, np.uint8)
    if dtype == np.bool_:
        bits &= 1
    start = bits.__array_interface__["data"][0] + 64
    window = Window("x_ptr", start, start, start + 3968, None, dtype.itemsize)
    places = draw.integers(0, 3968 // dtype.itemsize, (4, 32))
    mask = np.ones((4, 32), bool)
    if what == "masked":
        mask = draw.random((4, 32)) > 0.5
        places = np.where(mask, places, draw.integers(-(1 << 40), 1 << 40, (4, 32)))  # anywhere
    if what == "nothing":
        mask[:] = False
    if what == "one place":
        places[:] = 3
    pointers = (start + places * dtype.itemsize).astype(np.uint64)
    if what == "misaligned":
        pointers += np.uint64(1)
        pointers = np.minimum(pointers, np.uint64(start + 3968 - dtype.itemsize - 1))
    other = np.frombuffer(draw.integers(0, 2, 128 * dtype.itemsize, np.uint8).tobytes(), dtype).reshape(4, 32)
    values = bits[: 128 * dtype.itemsize].copy().view(dtype).reshape(4, 32)[::-1]
    values = np.ascontiguousarray(values)

    expected = own_load(pointers, mask, other, dtype)
    with memory.within(window):
        got = interpreter._interpreter.load(pointers, mask, other, dtype)
    assert got.dtype == expected.dtype and got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()

    before = bits.copy()
    own_store(pointers, values, mask)
    expected = bits.copy()
    bits[:] = before
    with memory.within(window):
        interpreter._interpreter.store(pointers, values, mask)
    assert (bits == expected).all()
    assert what == "nothing" or (bits != before).any()
    bits[:] = before
    interpreter._interpreter.store(pointers, values, mask)  # not known where: Triton's own way
    assert (bits == expected).all()
    with memory.within(window):
        assert (memory._places(pointers, dtype) is None) == (what == "misaligned" and dtype.itemsize > 1)

for name in sys.argv[1:]:
    for what in ("all", "masked", "nothing", "one place", "misaligned"):
        judge(np.dtype(name), what)
        print(name, what)
"""

TYPES = ("float32", "float16", "uint16", "int8", "bool", "int64", "float64", "uint64")


def test_as_tritons_own_loops() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *TYPES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 5 * len(TYPES)
