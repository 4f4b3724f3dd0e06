"""What the code asks of Python: nothing that is newer than the oldest version that ``pyproject.toml`` promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from source_files import ROOT


def test_nothing_is_newer_than_the_oldest_python() -> None:
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', declared)
    assert oldest
    vermin = str(Path(sys.executable).with_name("vermin"))
    command = [vermin, f"-t={oldest[1]}-", "--no-tips", "--violations", "-q", "pipeline", "server"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
