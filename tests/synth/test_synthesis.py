"""Every row of the table, synthesized and run in Triton's interpreter; each in a process forked from one warm one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synth.cases import CASES, DTYPES, IN_EVERY_DTYPE

ROOT = Path(__file__).parents[2]
RUNS = [(name, "float32") for name in CASES] + [(name, dtype) for dtype in DTYPES for name in IN_EVERY_DTYPE]
GROUPS = [RUNS[start : start + 40] for start in range(0, len(RUNS), 40)]

LARGE = [
    *("mm t", "t mm", "t mm t", "bmm", "matmul 4d", "matmul broadcast", "addmm", "chain of products", "bilinear"),
    *(
        "conv",
        "conv 1d",
        "conv 3d",
        "conv dilated grouped",
        "conv conv",
        "conv of gelu",
        "conv norm relu",
        "conv reflect",
    ),
    *(
        "conv transposed stride 2",
        "conv transposed grouped",
        "conv transposed 3d",
        "batch norm of conv",
        "query from elsewhere",
    ),
    *(
        "sum dim 1",
        "mean two dims",
        "var all",
        "amax keepdim",
        "argmax all",
        "logsumexp two dims",
        "layer norm 2d",
        "softmax mid",
    ),
    *(
        "batch norm",
        "group norm",
        "mse",
        "cross entropy",
        "norm linear",
        "int sum",
        "mean of everything",
        "max pool of gelu",
    ),
]
"""What is written otherwise at large sizes, tried at small ones."""


@pytest.mark.parametrize(
    "group", [pytest.param(n, marks=[pytest.mark.whole] if n % 16 else []) for n in range(len(GROUPS))]
)
def test_kernels_equal_pytorch(group: int) -> None:
    _run(GROUPS[group])


def test_kernels_for_large_sizes_equal_pytorch() -> None:
    _run([(name, "float32") for name in LARGE], "large")


def _run(runs: list[tuple[str, str]], *options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.synth.run_group", json.dumps(runs), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert done.stdout.count("\n") >= len(runs)
