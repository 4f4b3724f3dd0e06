"""The real command line in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "kernelagent.cli"]


@dataclass(frozen=True)
class Done:
    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """Stdout as the one JSON document that ``--json`` promises."""
        return json.loads(self.stdout)


def environment(**extra: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**inherited, "NO_COLOR": "1", **extra}


def kernelagent(*arguments: str | Path, cwd: Path, prefix: tuple[str, ...] = (), **extra: str) -> Done:
    """Run ``kernelagent`` with ``arguments`` in ``cwd``."""
    done = subprocess.run(
        [*prefix, *COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
