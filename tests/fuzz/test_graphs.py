"""A slice of the campaign over random modules (``tests/fuzz/graphs.py``): none comes out wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNT = 16


def test_no_random_module_comes_out_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.graphs", "--count", str(COUNT), "--jobs", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    first = done.stdout.partition("\n")[0]
    right = int(first.split(": ")[1].split(" ")[0])
    assert right >= COUNT * 0.75, done.stdout
