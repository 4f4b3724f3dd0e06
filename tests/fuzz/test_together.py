"""A slice of the campaign of ``tests/fuzz/together.py``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLICE = "softmax_rows.py"


def test_programs_together_tell_what_programs_one_by_one_tell() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.together", "--only", SLICE, "--jobs", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 files" in done.stdout
