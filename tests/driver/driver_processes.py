"""Watching the processes that a test causes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What ``condition`` gives as soon as it is true; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {condition}")


def pids_in(folder: Path, count: int) -> list[int]:
    """Wait until ``count`` files called ``*.pid`` stand in ``folder``, and read them."""

    def read() -> list[int] | None:
        texts = [file.read_text() for file in folder.glob("*.pid")]
        return [int(text) for text in texts] if len(texts) == count and all(texts) else None

    found: list[int] = wait_for(read)
    return found


LEAVE_PID = "import os, pathlib; pathlib.Path({folder!r}, f'{{os.getpid()}}.pid').write_text(str(os.getpid()))\n"


def leave_pid(folder: Path) -> str:
    """Source that writes its process id into ``folder``."""
    return LEAVE_PID.format(folder=os.fspath(folder))
