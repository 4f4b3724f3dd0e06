"""The process that waits for the sandbox, outside of it: gives leave to new processes, bounds the memory and the files
of all.

CUDA can't live under ``RLIMIT_AS``, and a bound on each process is none on many. So what they hold together is looked
up again and again, while their number is bounded exactly (``process_gate.py``).
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import time

from kernelagent.worker.sandbox import kernel_calls, policy
from kernelagent.worker.sandbox.held_files import HeldFiles
from kernelagent.worker.sandbox.idleness import Idleness
from kernelagent.worker.sandbox.policy import Policy
from kernelagent.worker.sandbox.process_gate import Doorkeeper

POLL_S = 0.05
LAST_WORDS_S = 1.0

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def continue_in_child(wanted: Policy, *, own_processes: bool) -> socket.socket | None:
    """Fork: the child goes on, with the end of the gate at which new processes ask; this process watches over it, and
    ends as it ends.

    In a namespace of its own the child is the first process, and when it ends the kernel kills everything else there.
    Elsewhere the watching process adopts what the child leaves behind, and kills that.
    """
    watch = Supervisor(wanted, own_processes=own_processes)
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

    def __init__(self, bounds: Policy, *, own_processes: bool) -> None:
        self._policy = bounds
        self._own_processes = own_processes
        self._first = 0
        self._idleness = Idleness(bounds.idle_seconds)
        self._held = HeldFiles()
        self._asks = bounds.processes or bounds.gpu
        self.doorkeeper = Doorkeeper(bounds.most_processes, bounds.most_tasks, self._living) if self._asks else None

    def wait_for(self, pid: int) -> int:
        """Wait for ``pid``, the first process of the sandbox, and end all that it leaves; returns its wait status."""
        self._first = pid
        if self.doorkeeper is not None:
            self.doorkeeper.open()
        try:
            return self._watch(pid)
        finally:
            if not self._own_processes:  # with the first of a namespace the kernel ends all others
                self._end_the_rest()

    def _watch(self, pid: int) -> int:
        ends = _end_of(pid)
        looked = 0.0
        while True:
            done, status, used = os.wait4(pid, os.WNOHANG)
            if done:
                return _of_processor_time(status, used, self._policy.cpu_seconds)
            exceeded = 0 if self._wait(ends) else policy.PROCESSES
            if not exceeded and time.monotonic() - looked > POLL_S:
                exceeded = self._exceeded()
                looked = time.monotonic()
            if exceeded:
                if exceeded != policy.IDLE or not _said_where(pid):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                return exceeded << 8

    def _wait(self, ends: list[int]) -> bool:
        """Until something happens, for a moment at most; ``False`` when there are too many processes."""
        if self.doorkeeper is not None:
            return self.doorkeeper.wait(POLL_S, ends)
        select.select(ends, [], [], POLL_S)
        return True

    def _exceeded(self) -> int:
        """The exit status that says which bound is exceeded; 0 while none is."""
        bounds = self._policy
        inside = self._inside()
        named: dict[int, int] = {}
        files, size = _usage(bounds.scratch, bounds.scratch_files, named)
        if files > bounds.scratch_files or size + self._held.size(inside, named) > bounds.scratch_bytes:
            return policy.FILES
        if self._idleness.is_due and self._idleness.is_exceeded(inside):
            return policy.IDLE
        if not self._asks:  # one process, whose address space is limited
            return 0
        if len(inside) > bounds.most_processes:
            return policy.PROCESSES
        return policy.MEMORY if sum(map(_resident, inside)) > bounds.resident_bytes else 0

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


def _of_processor_time(status: int, used: resource.struct_rusage, bound: int) -> int:
    """The first process of a namespace does not hear SIGXCPU: its hard limit kills it some seconds later, which looks
    like a lack of memory."""
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return int(signal.SIGXCPU) if killed and used.ru_utime + used.ru_stime > bound else status


def _said_where(pid: int) -> bool:
    """Let Python's ``faulthandler`` write down what ``pid`` waits in; whether it has ended then."""
    os.kill(pid, signal.SIGABRT)
    os.kill(pid, signal.SIGCONT)  # one that has stopped itself hears nothing before
    deadline = time.monotonic() + LAST_WORDS_S
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(POLL_S)
    return False


def _end_of(pid: int) -> list[int]:
    """A descriptor that can be read when ``pid`` has ended, where this kernel has them (Linux 5.3)."""
    try:
        return [os.pidfd_open(pid)]
    except (OSError, AttributeError):
        return []


def _usage(folder: str, most: int, named: dict[int, int]) -> tuple[int, int]:
    """Files below ``folder``, and the bytes of disk that they take. Counting stops beyond ``most``. ``named`` takes the
    bytes of each inode, or those that it has room for."""
    files = size = 0
    folders = [folder]
    while folders and files <= most:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    found = entry.stat(follow_symlinks=False)
                    size += found.st_blocks * 512
                    named[found.st_ino] = max(found.st_blocks * 512, found.st_size)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    if files > most:
                        break
        except OSError:  # it went away meanwhile
            continue
    return files, size


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
