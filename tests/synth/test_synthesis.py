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


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_kernels_equal_pytorch(group: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.synth.run_group", json.dumps(GROUPS[group])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert done.stdout.count("\n") >= len(GROUPS[group])
