"""One run at a time in a run directory: a second one would ask and pay again, and write over the files of the first.

Whoever asks only whether a run is at work takes the lock shared, so that those who ask never take each other for a run.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from kernelagent.errors import StillGoing

LOCK = "lock"
ASKERS_S = 5.0
"""For those who ask to be done, each of whom takes a moment."""
_FOLLOWS_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""A lock is emptied when it is taken, for its holder's number; a link may lead anywhere."""


class RunLock:
    """Held from when it is made until :meth:`release`, or until the process ends, however it ends. A system without
    such locks lets everyone in."""

    def __init__(self, folder: Path) -> None:
        """Raises ``StillGoing`` while another run holds it, and ``OSError`` where no file can be made."""
        self._file: int | None = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | _FOLLOWS_NO_LINK, 0o600)
        if not _taken(self._file):
            holder = _holder(self._file)
            self.release()
            raise StillGoing(f"the run in {folder} is still going{holder}.")
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let others in; safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_going(folder: Path) -> bool:
    """A run holds the lock of ``folder`` now."""
    if not (folder / LOCK).is_file():
        return False
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | _FOLLOWS_NO_LINK)
    except OSError:
        return False
    try:
        return not _is_shared(lock)
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    """Whether ``lock`` is this run's now: no other run has it. Those who ask are waited for."""
    with contextlib.suppress(ImportError):
        import fcntl

        deadline = time.monotonic() + ASKERS_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if not _is_shared(lock) or time.monotonic() > deadline:
                    return False
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(0.001)
    return True


def _is_shared(lock: int) -> bool:
    """Whether ``lock`` could be taken shared, as it is then: no run has it."""
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _holder(lock: int) -> str:
    """Whose it is, which stands there a moment after it was taken."""
    for _ in range(10):
        if number := os.pread(lock, 20, 0).decode("ascii", "replace").strip():
            return f" (process {number})"
        time.sleep(0.01)
    return ""
