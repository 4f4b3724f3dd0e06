"""No capability is kept, and none can be gained."""

from __future__ import annotations

import contextlib
from pathlib import Path

from kernelagent.worker.sandbox import kernel_calls

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 24, 38, 39, 4


def drop() -> None:
    """Must come after the mounts, which need the capabilities."""
    for capability in range(64):
        with contextlib.suppress(OSError):  # beyond the last one, or not ours to drop
            kernel_calls.prctl(_PR_CAPBSET_DROP, capability)
    with contextlib.suppress(OSError):
        kernel_calls.capset_none()
    with contextlib.suppress(OSError):
        kernel_calls.prctl(_PR_SET_NO_NEW_PRIVS, 1)


def are_dropped() -> bool:
    try:
        if kernel_calls.prctl(_PR_GET_NO_NEW_PRIVS) != 1:
            return False
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return False
    held = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("CapEff:", "CapPrm:"))]
    return bool(held) and not any(held)
