"""Whether a call ends its process: PyTorch's own CPU code may, on inputs that are empty and on integers that it trusts.

PyTorch 2.11's ``scaled_dot_product_attention`` divides an integer by a number of keys that is zero, for one, and
``embedding_bag`` goes wherever its offsets point.

A copy of a process that has had several threads may wait for one of them for ever, inside OpenMP or BLAS: it is given
some seconds.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

LONGEST_S = 10.0


def ended_by(call: Callable[[], Any]) -> str:
    """The signal that ends a copy of this process in ``call``, by its name; empty where the copy comes through, with
    whatever exception, where it has not ended after ``LONGEST_S``, and where processes can't be copied."""
    if not hasattr(os, "fork"):
        return ""
    child = os.fork()
    if child == 0:
        try:
            call()
        finally:
            os._exit(0)
    status = _waited_for(child)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""


def _waited_for(child: int) -> int:
    """Its wait status; 0 for one that took too long, and was killed."""
    deadline, pause_s = time.monotonic() + LONGEST_S, 0.0002
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 0
