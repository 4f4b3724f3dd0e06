"""libdevice's functions in the interpreter: those of every name give something, and the exact ones to the last bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import inspect, json, math
import numpy as np, torch, triton, triton.language as tl
from triton.language.extra import libdevice
from triton.language.extra.cuda import libdevice as declared
names = [n for n, f in vars(libdevice).items() if getattr(f, "__module__", "") == libdevice.__name__]
from kernelagent.worker.judge import interpreter_math

class Dispatch:
    paused = False

interpreter_math.install(Dispatch())
from triton.runtime import interpreter
NUMPY = {"fp32": np.float32, "fp64": np.float64, "int32": np.int32, "int64": np.int64, "uint32": np.uint32,
         "uint64": np.uint64}

def block(values, dtype):
    values = [*values, *values[:1] * 7][:8]  # blocks are powers of two
    data = np.array(values, dtype=NUMPY[dtype.name])
    return tl.tensor(interpreter.TensorHandle(data, dtype), tl.block_type(dtype, list(data.shape)))

def of(name, *operands):
    result = getattr(libdevice, name)(*(block(values, dtype) for values, dtype in operands))
    return result.handle.data.tolist()[:len(operands[0][0])], str(result.type.scalar)

missing, wrong = [], []
for name in names:
    for types, result in interpreter_math._signatures(name).items():
        try:
            found, dtype = of(name, *(([0.5, 1, 2, 3], t) for t in types))
            if len(found) != 4 or dtype != str(result):
                wrong.append([name, str(types), dtype, found])
        except NotImplementedError as exc:
            missing.append([name, str(exc)])
f, d, i, l, u = tl.float32, tl.float64, tl.int32, tl.int64, tl.uint32
print(json.dumps({"missing": missing, "wrong": wrong, "found": {
    "round": of("round", ([0.49999997, 0.5, -0.5, 1.5, 2.5, 8388609.0, -2.5], f)),
    "rint": of("rint", ([0.5, 1.5, 2.5, -0.5], f)),
    "llrint": of("llrint", ([0.5, 1.5, -2.5, 3e30, -3e30], f)),
    "llround": of("llround", ([0.5, 1.5, -2.5, 0.49999997], f)),
    "float2int_rd": of("float2int_rd", ([-1.5, 1.5, 3e9, -3e9, math.nan], f)),
    "float2uint_rn": of("float2uint_rn", ([2.5, -1.0, 5e9], f)),
    "ll2float_ru": of("ll2float_ru", ([2**53 + 1, 2**24 + 1, -(2**24 + 1)], l)),
    "ll2float_rz": of("ll2float_rz", ([2**24 + 1, -(2**24 + 3), 2**63 - 1], l)),
    "double2float_rd": of("double2float_rd", ([0.1, -0.1, 1.0], d)),
    "clz": of("clz", ([0, 1, -1, 256], i)),
    "popc": of("popc", ([0, 7, -1], i)),
    "ffs": of("ffs", ([0, 8, -1], i)),
    "brev": of("brev", ([1, 2, 0], i)),
    "mulhi": of("mulhi", ([2**31 - 1, -(2**31)], i), ([2**31 - 1, 2], i)),
    "mulhi of 64 bits": of("mulhi", ([2**62, -1], l), ([8, 1], l)),
    "mul24": of("mul24", ([0x1000003, -2], i), ([2, 3], i)),
    "sad": of("sad", ([1, -5], i), ([4, 5], i), ([2, 1], u)),
    "rhadd": of("rhadd", ([2**31 - 1, -3], i), ([2**31 - 1, -4], i)),
    "float_as_int": of("float_as_int", ([1.0, -0.0], f)),
    "int_as_float": of("int_as_float", ([0x3F800000], i)),
    "remainder": of("remainder", ([5.0, -5.0, 7.0], f), ([3.0, 3.0, 2.0], f)),
    "ilogb": of("ilogb", ([0.75, 8.0, 0.0, math.inf], f)),
    "scalbn": of("scalbn", ([1.5, 1.0], f), ([3, -2], i)),
    "sinpi": of("sinpi", ([1.0, 0.5, 2.5, 1e7], f)),
    "cospi": of("cospi", ([0.5, 1.0, 2.0], f)),
    "rhypot": of("rhypot", ([3.0], f), ([4.0], f)),
    "cbrt": of("cbrt", ([27.0, -8.0], f)),
    "pow": of("pow", ([3.0, -2.0], f), ([2, 3], i)),
    "hiloint2double": of("hiloint2double", ([0x3FF00000], i), ([0], i)),
}}))
"""
EXACT = {
    "round": ([0.0, 1.0, -1.0, 2.0, 3.0, 8388609.0, -3.0], "fp32"),
    "rint": ([0.0, 2.0, 2.0, -0.0], "fp32"),
    "llrint": ([0, 2, -2, 2**63 - 1, -(2**63)], "int64"),
    "llround": ([1, 2, -3, 0], "int64"),
    "float2int_rd": ([-2, 1, 2**31 - 1, -(2**31), 0], "int32"),
    "float2uint_rn": ([2, 0, -1], "int32"),  # 2**32 - 1: Triton declares it as signed
    "ll2float_ru": ([float(2**53 + 2**30), 16777218.0, -16777216.0], "fp32"),
    "ll2float_rz": ([16777216.0, -16777218.0, float(2**63 - 2**39)], "fp32"),
    "double2float_rd": ([0.09999999403953552, -0.10000000149011612, 1.0], "fp32"),
    "clz": ([32, 31, 0, 23], "int32"),
    "popc": ([0, 3, 32], "int32"),
    "ffs": ([0, 4, 1], "int32"),
    "brev": ([-(2**31), 2**30, 0], "int32"),
    "mulhi": ([2**30 - 1, -1], "int32"),
    "mulhi of 64 bits": ([2, -1], "int64"),
    "mul24": ([6, -6], "int32"),
    "sad": ([5, 11], "int32"),
    "rhadd": ([2**31 - 1, -3], "int32"),
    "float_as_int": ([0x3F800000, -(2**31)], "int32"),
    "int_as_float": ([1.0], "fp32"),
    "remainder": ([-1.0, 1.0, -1.0], "fp32"),
    "ilogb": ([-1, 3, -(2**31), 2**31 - 1], "int32"),
    "scalbn": ([12.0, 0.25], "fp32"),
    "sinpi": ([0.0, 1.0, 1.0, 0.0], "fp32"),
    "cospi": ([0.0, -1.0, 1.0], "fp32"),
    "rhypot": ([0.20000000298023224], "fp32"),
    "cbrt": ([3.0, -2.0], "fp32"),
    "pow": ([9.0, -8.0], "fp32"),
    "hiloint2double": ([1.0], "fp64"),
}


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "TRITON_INTERPRET": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_each_gives_the_type_that_triton_declares(told: dict[str, object]) -> None:
    assert told["wrong"] == []


def test_what_is_missing_says_so(told: dict[str, list[list[str]]]) -> None:
    names = {name for name, _ in told["missing"]}
    directed = {
        f"{name}_{way}" for name in ("add", "sub", "mul", "div", "rcp", "sqrt", "fma") for way in ("rz", "rd", "ru")
    }
    assert names == directed | {"jn", "yn", "byte_perm", "rcp64h"}
    assert all(
        "can be judged on a GPU" in message and f"libdevice.{name}" in message for name, message in told["missing"]
    )


@pytest.mark.parametrize("name", EXACT)
def test_exact(name: str, told: dict[str, dict[str, object]]) -> None:
    assert told["found"][name] == list(EXACT[name])
