"""The process that waits for the sandbox, outside of it: gives leave to new processes, and bounds the memory of all.

CUDA can't live under ``RLIMIT_AS``, and a bound on each process is none on many. So what they hold together is looked
up again and again, while their number is bounded exactly (``process_gate.py``).
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import time

from kernelagent.worker.sandbox import kernel_calls
from kernelagent.worker.sandbox.policy import Policy
from kernelagent.worker.sandbox.process_gate import Doorkeeper

POLL_S = 0.02


_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def continue_in_child(policy: Policy, *, own_processes: bool) -> socket.socket | None:
    """Fork: the child goes on, with the end of the gate at which new processes ask; this process watches over it, and
    ends as it ends.

    In a namespace of its own the child is the first process, and when it ends the kernel kills everything else there.
    Elsewhere the watching process adopts what the child leaves behind, and kills that.
    """
    watch = Supervisor(policy, own_processes=own_processes)
    if not own_processes:
        kernel_calls.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    pid = os.fork()
    if pid == 0:
        kernel_calls.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if watch.doorkeeper is not None:
            watch.doorkeeper.close()
            return watch.doorkeeper.inner
        return None
    status = watch.wait_for(pid)
    os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


class Supervisor:
    """Made before the fork; after it the parent calls :meth:`wait_for`."""

    def __init__(self, policy: Policy, *, own_processes: bool) -> None:
        self._policy = policy
        self._own_processes = own_processes
        self._first = 0
        self._asks = policy.processes or policy.gpu
        self.doorkeeper = Doorkeeper(policy.most_processes, policy.most_tasks, self._living) if self._asks else None

    def wait_for(self, pid: int) -> int:
        """Wait for ``pid``, the first process of the sandbox, and end all that it leaves; returns its wait status."""
        self._first = pid
        try:
            return self._watch(pid) if self.doorkeeper is not None else os.waitpid(pid, 0)[1]
        finally:
            if not self._own_processes:  # with the first of a namespace the kernel ends all others
                self._end_the_rest()

    def _watch(self, pid: int) -> int:
        keeper = self.doorkeeper
        if keeper is None:
            raise ValueError("nothing to watch")
        keeper.open()
        looked = 0.0
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return status
            within = keeper.wait(POLL_S)
            if within and time.monotonic() - looked > POLL_S:
                looked = time.monotonic()
                within = self._within_bounds()
            if not within:
                os.kill(pid, signal.SIGKILL)
                return os.waitpid(pid, 0)[1]

    def _within_bounds(self) -> bool:
        inside = self._inside()
        resident = sum(map(_resident, inside))
        return len(inside) <= self._policy.most_processes and resident <= self._policy.resident_bytes

    def _living(self) -> tuple[int, int]:
        inside = self._inside()
        return len(inside), sum(map(_threads, inside))

    def _inside(self) -> list[str]:
        """Entries of ``/proc`` that belong to the sandbox: all of them, once its own ``/proc`` lies there."""
        if os.path.exists("/proc/self/stat"):
            return _descendants(str(self._first))
        return [name for name in os.listdir("/proc") if name.isdigit()]

    def _end_the_rest(self) -> None:
        """What the first process left behind has become this one's: kill until nothing is left."""
        for _ in range(1000):
            rest = [name for name in _descendants(str(os.getpid())) if name != str(os.getpid())]
            for name in rest:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(name), signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    continue
            if not rest:
                return
            time.sleep(0.001)


def _descendants(pid: str) -> list[str]:
    found, waiting = [], [pid]
    while waiting:
        found.append(current := waiting.pop())
        with contextlib.suppress(OSError):  # it ended meanwhile, or this kernel does not tell
            for thread in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{thread}/children", encoding="ascii") as stream:
                    waiting += stream.read().split()
    return found


def _threads(pid: str) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:  # it ended meanwhile
        return 0


def _resident(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):  # it ended meanwhile
        return 0
