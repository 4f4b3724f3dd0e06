"""The largest and the smallest with their places: what the comparisons of compiled code give, also among NaN."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

SCRIPT = """
import json
import torch, triton, triton.language as tl
from kernelagent.worker.judge import interpreter_winners
interpreter_winners.install()

@triton.jit
def kernel(x_ptr, values, places, N: tl.constexpr, M: tl.constexpr):
    at = tl.arange(0, N)[:, None] * M + tl.arange(0, M)[None, :]
    rows = tl.arange(0, N)
    x = tl.load(x_ptr + at)
    value, place = tl.max(x, 1, return_indices=True)
    tl.store(values + rows, value)
    tl.store(places + rows, place)
    value, place = tl.min(x, 1, return_indices=True, keep_dims=True)
    tl.store(values + N + rows[:, None], value)
    tl.store(places + N + rows[:, None], place)
    tl.store(places + 2 * N + rows, tl.argmax(x, 1, tie_break_left=False))
    tl.store(places + 3 * N + tl.arange(0, M), tl.argmin(x, 0))
    where = tl.broadcast_to(10 * tl.arange(0, M)[None, :], (N, M))
    value, place = tl.reduce((x, where), 1, tl.standard._argmax_combine_tie_break_left)
    tl.store(places + 3 * N + M + rows, place)

nan = float("nan")
x = torch.tensor([[1.0, 3.0, 3.0, 0.0], [nan] * 4, [5.0, 4.0, nan, 1.0], [1.0, 2.0, 3.0, nan]])
values, places = torch.empty(8), torch.empty(20, dtype=torch.int32)
kernel[(1,)](x, values, places, N=4, M=4)
most, least = values.view(2, 4).tolist()
of_most, of_least, fast, columns, named = places.view(5, 4).tolist()
print(json.dumps(dict(most=most, least=least, of_most=of_most, of_least=of_least, fast=fast, columns=columns,
                      named=named)))
"""
NAN = pytest.approx(float("nan"), nan_ok=True)

# 0 meets 2 and 1 meets 3 before the winners meet: NaN beats what comes before it, and loses to what comes after.
WANTED: dict[str, list[Any]] = {
    "most": [3.0, NAN, 4.0, NAN],
    "of_most": [1, 3, 1, 3],
    "least": [0.0, NAN, 1.0, NAN],
    "of_least": [3, 3, 3, 3],
    "fast": [1, 3, 1, 3],
    "columns": [0, 3, 3, 3],
    "named": [10, 30, 10, 30],
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    file = tmp_path_factory.mktemp("winners") / "script.py"  # Triton reads a kernel's source from its file
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
    result: dict[str, list[float]] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("what", WANTED)
def test_as_compiled_code_compares(what: str, found: dict[str, list[float]]) -> None:
    assert found[what] == WANTED[what]
