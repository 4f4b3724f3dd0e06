"""The warm process's loop: single-threaded, forks a child for each task, and is the only writer on the wire.

Each child leads a process group of its own; cancelling kills the group with all that it started. When stdin ends, the
driver is gone and everything is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import sys
from dataclasses import dataclass, field
from typing import Any

from kernelagent.contract.codec import parse_json
from kernelagent.contract.endings import ENDED, MOST_PRINTED, PRINTED_TOO_MUCH
from kernelagent.errors import Cancelled, WorkerDied
from kernelagent.worker.child import run_task, write_line
from kernelagent.worker.process_tree import adopt_orphans, children, die_with_parent, kill_tree

TAIL_BYTES = 16_384
READS = 64
"""Of one child's output at a time, so that one that never stops does not keep the others waiting."""
LINE_LIMIT = 64 << 20
"""A child's message may be at most this long: the pipe is filled by code that is not trusted."""


@dataclass
class Child:
    """A running task."""

    id: int
    task: str
    pid: int
    results: int
    output: int
    received: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    """The last of what it printed on stdout and stderr."""
    printed: int = 0
    """Bytes of it in all."""
    answered: bool = False


class Zygote:
    """The loop and its children. Never blocks on a child, never runs a task itself."""

    def __init__(self, requests: int, wire: int) -> None:
        self._requests = requests
        self._wire = wire
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, Child] = {}
        self._incoming = bytearray()
        self._ended, self._ended_in = os.pipe()

    def loop(self) -> int:
        """Serve until the driver closes stdin; returns the exit status."""
        adopt_orphans()
        for fd in (self._requests, self._ended, self._ended_in):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(self._ended_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._selector.register(self._requests, selectors.EVENT_READ, ("requests", None))
        self._selector.register(self._ended, selectors.EVENT_READ, ("ended", None))
        try:
            while True:
                for key, _ in self._selector.select():
                    kind, child = key.data
                    if kind == "requests":
                        if not self._read_requests():
                            return 0
                    elif kind == "ended":
                        self._reap()
                    elif child.pid in self._children:
                        (self._read_results if kind == "results" else self._read_output)(child)
        except BrokenPipeError:  # the driver is gone
            return 1
        finally:
            for child in list(self._children.values()):
                kill_tree(child.pid)
            self._kill_orphans()

    def _read_requests(self) -> bool:
        """Start or cancel what was asked for; ``False`` when there is nobody left to ask."""
        data = _read_available(self._requests)
        if data is None:
            return True
        self._incoming += data
        while (end := self._incoming.find(b"\n")) >= 0:
            message = json.loads(bytes(self._incoming[:end]))
            del self._incoming[: end + 1]
            if "cancel" in message:
                self._cancel(int(message["cancel"]))
            else:
                self._fork(message)
        return bool(data)

    def _cancel(self, request_id: int) -> None:
        for child in self._children.values():
            if child.id == request_id:
                kill_tree(child.pid)
                self._answer(child, {"ok": False, "error": Cancelled("cancelled").to_json()})

    def _fork(self, request: dict[str, Any]) -> None:
        results, results_in = os.pipe()
        output, output_in = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(request, parent, results_in, output_in, (results, output))
        os.close(results_in)
        os.close(output_in)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it did so itself, or has ended already
            os.setpgid(pid, pid)
        child = Child(int(request["id"]), str(request.get("task")), pid, results, output)
        self._children[pid] = child
        for kind, fd in (("results", results), ("output", output)):
            os.set_blocking(fd, False)
            self._selector.register(fd, selectors.EVENT_READ, (kind, child))

    def _become_child(
        self, request: dict[str, Any], parent: int, results: int, output: int, unused: tuple[int, int]
    ) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.setpgid(0, 0)
            die_with_parent(parent)
            _prefer_to_be_killed()
            os.dup2(output, 1)
            os.dup2(output, 2)
            others = [fd for child in self._children.values() for fd in (child.results, child.output)]
            self._selector.close()
            for fd in (output, self._requests, self._wire, self._ended, self._ended_in, *unused, *others):
                with contextlib.suppress(OSError):  # a finished child's end may be closed already
                    os.close(fd)
            run_task(request, results)
            status = 0
        finally:
            with contextlib.suppress(OSError, ValueError):  # its reader may be gone
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _read_output(self, child: Child) -> None:
        for _ in range(READS):
            data = _read_available(child.output)
            if not data:
                break
            child.tail += data
            del child.tail[:-TAIL_BYTES]
            child.printed += len(data)
            if child.printed > MOST_PRINTED and not child.answered:
                kill_tree(child.pid)
                said = f"the process that ran {child.task} {PRINTED_TOO_MUCH}"
                self._answer(child, {"ok": False, "error": WorkerDied(said).to_json()})
        if data == b"":
            self._unregister(child.output)

    def _read_results(self, child: Child) -> None:
        while data := _read_available(child.results):
            child.received += data
            while (end := child.received.find(b"\n")) >= 0:
                line = bytes(child.received[:end])
                del child.received[: end + 1]
                self._pass_on(child, line)
            if len(child.received) > LINE_LIMIT:
                kill_tree(child.pid)
                return
        if data == b"":
            self._unregister(child.results)

    def _pass_on(self, child: Child, line: bytes) -> None:
        try:
            message = parse_json(line)
        except ValueError:
            return  # not ours: code under test wrote to a descriptor that it found
        if not isinstance(message, dict) or child.answered:
            return
        if "event" in message:
            write_line(self._wire, {"id": child.id, "event": message["event"]})
        elif "ok" in message:
            self._answer(child, {key: message[key] for key in ("ok", "value", "error", "details") if key in message})
            kill_tree(child.pid)  # whatever it said, it is over

    def _answer(self, child: Child, reply: dict[str, Any]) -> None:
        child.answered = True
        self._read_output(child)
        write_line(self._wire, {"id": child.id, **reply, "output": child.tail.decode("utf-8", "replace")})

    def _reap(self) -> None:
        """Collect every process that has ended: tasks, and orphans that were adopted."""
        while _read_available(self._ended):
            continue
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._children:
                self._finish(self._children[pid], status)
        if not self._children:
            self._kill_orphans()

    def _finish(self, child: Child, status: int) -> None:
        self._read_results(child)
        if not child.answered:
            error = WorkerDied(f"the process that ran {child.task} {how_it_ended(status)}")
            self._answer(child, {"ok": False, "error": error.to_json()})
        kill_tree(child.pid)
        del self._children[child.pid]
        for fd in (child.results, child.output):
            self._unregister(fd)
            os.close(fd)

    def _unregister(self, fd: int) -> None:
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def _kill_orphans(self) -> None:
        """Kill what finished tasks left behind: with no task running, every child of this process is such a one."""
        for pid in children(os.getpid()):
            kill_tree(pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _read_available(fd: int) -> bytes | None:
    """What can be read now: ``b""`` at the end, ``None`` when there is nothing at the moment."""
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return None


def _prefer_to_be_killed() -> None:
    """When memory runs out the kernel should take the task, not the driver or the editor."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write("800")


def how_it_ended(status: int) -> str:
    """A wait status in words: ``was ended by SIGSEGV (an access outside its memory)``."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
    elif os.WEXITSTATUS(status) in ENDED:
        return ENDED[os.WEXITSTATUS(status)]
    elif os.WEXITSTATUS(status) > 128:  # a shell's and the sandbox's way to say it
        number = os.WEXITSTATUS(status) - 128
    else:
        return f"ended by itself with status {os.WEXITSTATUS(status)}"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    cause = {
        "SIGKILL": " (out of memory is the usual cause)",
        "SIGSEGV": " (an access outside its memory)",
        "SIGXCPU": " (its processor time is used up)",
    }
    return f"was ended by {name}{cause.get(name, '')}"
