"""What a tensor descriptor's atomic operations leave in memory: inside of its shape alone, in the type's own order."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
from contextlib import nullcontext
from types import SimpleNamespace
import torch, triton, triton.language as tl
from kernelagent.worker.judge import interpreter_patches
interpreter_patches.install_language(SimpleNamespace(paused=nullcontext))

@triton.jit
def kernel(x_ptr, o_ptr, N, OP: tl.constexpr):
    x = tl.load(x_ptr + tl.arange(0, 8))
    into = tl.make_tensor_descriptor(o_ptr, shape=[N], strides=[1], block_shape=[8])
    if OP == "add":
        into.atomic_add([0], x)
    elif OP == "max":
        into.atomic_max([0], x)
    elif OP == "min":
        into.atomic_min([0], x)
    elif OP == "and":
        into.atomic_and([0], x)
    elif OP == "or":
        into.atomic_or([0], x)
    else:
        into.atomic_xor([0], x)

def left(name, dtype):
    x = torch.tensor([3, 5, 9, 1, 0, 7, 7, 7]).to(getattr(torch, dtype))
    o = torch.full((8,), 6).to(x.dtype)
    if dtype.startswith("int"):
        x[2] = -1
    try:
        kernel[(1,)](x, o, 6, OP=name)
    except Exception as refused:
        return str(refused)
    return o.tolist()

print(json.dumps([left(*asked) for asked in json.loads(sys.argv[1])]))
"""
WANTED: dict[tuple[str, str], list[int]] = {
    ("add", "float32"): [9, 11, 15, 7, 6, 13, 6, 6],
    ("add", "bfloat16"): [9, 11, 15, 7, 6, 13, 6, 6],
    ("add", "float16"): [9, 11, 15, 7, 6, 13, 6, 6],
    ("add", "int32"): [9, 11, 5, 7, 6, 13, 6, 6],
    ("max", "int32"): [6, 6, 6, 6, 6, 7, 6, 6],
    ("max", "uint32"): [6, 6, 9, 6, 6, 7, 6, 6],
    ("min", "int64"): [3, 5, -1, 1, 0, 6, 6, 6],
    ("max", "float16"): [6, 6, 9, 6, 6, 7, 6, 6],
    ("min", "bfloat16"): [3, 5, 6, 1, 0, 6, 6, 6],
    ("and", "int32"): [2, 4, 6, 0, 0, 6, 6, 6],
    ("or", "int64"): [7, 7, -1, 7, 6, 7, 6, 6],
    ("xor", "int32"): [5, 3, -7, 7, 6, 1, 6, 6],
}


REFUSED = ("and", "float32")


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], object]:
    path = tmp_path_factory.mktemp("reductions") / "reduces.py"
    path.write_text(SCRIPT, encoding="utf-8")
    asked = [*WANTED, REFUSED]
    done = subprocess.run(
        [sys.executable, str(path), json.dumps(asked)],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(asked, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize(("operation", "dtype"), WANTED)
def test_what_is_left(operation: str, dtype: str, left: dict[tuple[str, str], object]) -> None:
    assert left[operation, dtype] == WANTED[operation, dtype]


def test_types_that_the_copy_engine_does_not_have_are_refused(left: dict[tuple[str, str], object]) -> None:
    assert "Unsupported dtype" in str(left[REFUSED])
