"""What the judge has the interpreter do once instead of each time comes out the same: refusals, wrapping, types."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

KERNELS = {
    "value = i + 1 + (n - n)": [1, 2, 3, 4, 5, 6, 7, 8],
    "value = n + i": [2**31 - 4 + i - 2**32 * (i > 3) for i in range(8)],
    "value = -4 + i + (4 + i) * 0": [-4, -3, -2, -1, 0, 1, 2, 3],
    "k = 3\nk += 1\nvalue = i * 3 + k * 3": [12, 15, 18, 21, 24, 27, 30, 33],
    "value = (i.to(tl.bfloat16) + 256).to(tl.int32)": [256, 256, 258, 260, 260, 260, 262, 264],
    "value = tl.sum(i[:, None] + tl.zeros([8, 4], tl.int32), axis=1) + i": [5 * i for i in range(8)],
    "value = tl.where(i < 4, 1, 2) - (i == 1).to(tl.int1) * True": [1, 0, 1, 1, 2, 2, 2, 2],
    "value = i + tl.zeros([6], tl.int32)": "ValueError: Shape element 0 must be a power of 2",
    "value = tl.zeros([8.0], tl.int32)": "TypeError: Shape element 0 must have type",
    "value = i + tl.zeros([4], tl.int32)": "ValueError: Cannot make_shape_compatible",
}
"""Body of a kernel → what it stores, or how it is refused. ``i`` is 0 to 7, ``n`` four less than 2**31."""

HEAD = """
import json, os
os.environ["TRITON_INTERPRET"] = "1"
import torch, triton
import triton.language as tl
from kernelagent.worker.judge import interpreter_bfloat16, interpreter_scalars, interpreter_speed
interpreter_speed.install()
interpreter_scalars.install()
interpreter_bfloat16.install()
"""

KERNEL = """
@triton.jit
def kernel{number}(out_ptr, n):
    i = tl.arange(0, 8)
{body}
    tl.store(out_ptr + i, value)
"""

TAIL = """
def launched(kernel):
    out = torch.zeros(8, dtype=torch.int32)
    try:
        kernel[(1,)](out, 2**31 - 4)
        return out.tolist()
    except Exception as exc:
        while exc.__cause__ is not None:
            exc = exc.__cause__
        return f"{type(exc).__name__}: {exc}"

for kernel in kernels:
    print(json.dumps([launched(kernel), launched(kernel)]))
"""


def test_a_second_launch_is_like_the_first(tmp_path: Path) -> None:
    file = tmp_path / "kernels.py"
    indented = ["\n".join(f"    {line}" for line in body.splitlines()) for body in KERNELS]
    kernels = "".join(KERNEL.format(number=number, body=body) for number, body in enumerate(indented))
    listed = f"kernels = [{', '.join(f'kernel{number}' for number in range(len(KERNELS)))}]\n"
    file.write_text(HEAD + kernels + listed + TAIL, encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for (body, expected), line in zip(KERNELS.items(), done.stdout.splitlines(), strict=True):
        first, second = json.loads(line)
        assert first == second, body
        if isinstance(expected, str):
            assert first.startswith(expected), body
        else:
            assert first == expected, body
