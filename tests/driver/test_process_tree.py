"""Processes that come and go while they are listed."""

from __future__ import annotations

import os
import time

from kernelagent.worker.process_tree import children, descendants


def _spawn_and_reap_until(end: float) -> None:
    while time.monotonic() < end:
        started = []
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            started.append(pid)
        for pid in started:
            os.waitpid(pid, 0)


def test_descendants_that_end_meanwhile_are_no_error() -> None:
    """A task that reaps its own children, as the compiler's does, while the zygote looks for them."""
    end = time.monotonic() + 3.0
    parent = os.fork()
    if parent == 0:
        try:
            _spawn_and_reap_until(end)
        finally:
            os._exit(0)
    seen = 0
    try:
        while time.monotonic() < end:
            found = descendants(os.getpid())
            assert parent in found
            seen = max(seen, len(found))
    finally:
        os.waitpid(parent, 0)
    assert seen > 1
    assert children(parent) == []
