"""The API's types, as a user's own mypy sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_user_code_is_typed() -> None:
    """With the checkout's own cache, which the suite's mypy run has filled."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    env = {**os.environ, "MYPYPATH": str(ROOT / "pipeline")}
    file = str(Path(__file__).with_name("typed_use.py"))
    done = subprocess.run([*command, file], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
