"""Bounds that no limit of the kernel gives: the number of processes in the sandbox, and the memory that they hold.

``RLIMIT_NPROC`` does not count root's processes, and CUDA can't live under ``RLIMIT_AS``. So where processes may start,
the one that waits for the sandbox also watches it, and ends all of it when it grows beyond its bounds.
"""

from __future__ import annotations

import os
import resource
import signal
import time

from kernelagent.worker.sandbox.policy import Policy

POLL_S = 0.02
"""Forking a process as large as this one takes a millisecond or more: few are made in that time."""


def wait_for(pid: int, policy: Policy) -> int:
    """Wait for ``pid``, the first process of the sandbox's own namespace; returns its wait status."""
    if not (policy.processes or policy.gpu):
        return os.waitpid(pid, 0)[1]
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        processes = _inside(pid)
        if len(processes) > policy.most_processes or sum(map(_resident, processes)) > policy.resident_bytes:
            os.kill(pid, signal.SIGKILL)  # with the first of a namespace all others end
            return os.waitpid(pid, 0)[1]
        time.sleep(POLL_S)


def _inside(pid: int) -> list[str]:
    """Entries of ``/proc`` that belong to the sandbox: all of them, once its own ``/proc`` lies there."""
    if os.path.exists(f"/proc/{os.getpid()}/stat"):
        return _descendants(str(pid))
    return [name for name in os.listdir("/proc") if name.isdigit()]


def _descendants(pid: str) -> list[str]:
    found = [pid]
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as stream:
                for child in stream.read().split():
                    found += _descendants(child)
    except OSError:  # it ended meanwhile, or this kernel does not tell
        return found
    return found


def _resident(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):  # it ended meanwhile
        return 0
