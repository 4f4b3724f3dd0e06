"""Ending when the editor does, even where it dies without closing the pipe."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

PAUSE_S = 0.5


def is_alive(pid: int) -> bool:
    """Whether process ``pid`` runs. A zombie does not."""
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except OverflowError:
        return False
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True  # no /proc here: kill(0) has the last word


def watch(pid: int, on_death: Callable[[], None]) -> bool:
    """Call ``on_death``, in a thread of its own, soon after ``pid`` has ended; whether there is anything to watch.

    A process that is not there to begin with (an editor in another container names a pid of its own world) is not
    watched.
    """
    if pid <= 0 or not is_alive(pid):
        return False

    def poll() -> None:
        while is_alive(pid):
            time.sleep(PAUSE_S)
        on_death()

    threading.Thread(target=poll, name=f"watch {pid}", daemon=True).start()
    return True


if sys.platform == "win32":

    def _is_alive_on_windows(pid: int) -> bool:
        import ctypes

        synchronize, still_running = 0x00100000, 0x102
        kernel32 = ctypes.windll.kernel32
        handle = kernel32.OpenProcess(synchronize, False, pid)
        if not handle:
            return False
        try:
            return bool(kernel32.WaitForSingleObject(handle, 0) == still_running)
        finally:
            kernel32.CloseHandle(handle)

else:

    def _is_alive_on_windows(pid: int) -> bool:
        raise AssertionError(f"asked for {pid} on {sys.platform}")
