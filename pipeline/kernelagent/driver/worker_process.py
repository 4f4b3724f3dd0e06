"""One worker process and the conversation with it: requests in, replies to the calls that wait for them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from kernelagent.contract.codec import parse_json
from kernelagent.contract.endings import ENDED, MOST_PRINTED, PRINTED_TOO_MUCH
from kernelagent.driver.environment import worker_environment
from kernelagent.driver.unsaid import without_keys
from kernelagent.errors import InterpreterNotFound, KernelAgentError, WorkerDied, from_json

Flavor = Literal["interpret", "compile"]

BOOTSTRAP = Path(__file__).resolve().parents[1] / "worker" / "bootstrap.py"
CAN_FORK = sys.platform.startswith("linux")
"""Forking a process that has imported torch is safe on Linux only; elsewhere each task gets a fresh process."""

_TAIL_BYTES = 16_384
LINE_LIMIT = 256 << 20
"""Bytes of one message."""
BEGUN: dict[str, Any] = {"begun": True}
"""Told to a call when its worker is ready for it."""


@dataclass(frozen=True)
class Call:
    """A request under way; its messages arrive in ``inbox``."""

    id: int
    inbox: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)


class WorkerProcess:
    """Life cycle: started by the constructor, ready by itself, ended by :meth:`close` or by its own death."""

    def __init__(
        self,
        interpreter: str,
        flavor: Flavor,
        *,
        single: bool,
        on_ready: Callable[[], None] | None = None,
        prefix: tuple[str, ...] = (),
    ) -> None:
        command = [*prefix, interpreter, "-X", "utf8", str(BOOTSTRAP), "--flavor", flavor]
        try:
            self._process = subprocess.Popen(
                command + ["--single"] * single,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=worker_environment(),
                start_new_session=os.name == "posix",  # Ctrl-C is for the driver, which then ends its workers
            )
        except OSError as exc:
            raise InterpreterNotFound(f"{interpreter} cannot be started: {exc.strerror or exc}") from exc
        self.versions: dict[str, str] = {}
        self._single = single
        self._on_ready = on_ready
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._calls: dict[int, Call] = {}
        self._failure: KernelAgentError | None = None
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._ended = ""
        """Why, where this side ended it."""
        self._stderr = bytearray()
        """The last of what it printed."""
        self._threads = [
            threading.Thread(target=work, name=f"kernelagent-{flavor}-{name}", daemon=True)
            for name, work in (("read", self._read), ("write", self._write), ("stderr", self._listen))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._failure is None and self._process.poll() is None

    def submit(self, task: str, args: dict[str, Any], sandbox: dict[str, Any] | None) -> Call:
        """Ask for a task. It starts when the worker is ready. Raises what ended the worker if it is dead."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            call = Call(next(self._ids))
            self._calls[call.id] = call
            if self._ready.is_set():
                call.inbox.put(BEGUN)
        self._send({"id": call.id, "task": task, "args": args, "sandbox": sandbox})
        return call

    def cancel(self, call: Call) -> None:
        """Kill the task with everything that it started."""
        if self._single:
            self.close()
        else:
            self._send({"cancel": call.id})

    def forget(self, call: Call) -> None:
        with self._lock:
            self._calls.pop(call.id, None)

    def close(self, patience_s: float = 1.0) -> None:
        """End the process and all of its children. Returns when they are gone."""
        self._outgoing.put(None)
        self._ready.set()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # The writer closes stdin, and that is the worker's order to kill everything and to end.
            self._process.wait(0 if self._single else patience_s)
        self._kill()
        self._process.wait()

    def _kill(self) -> None:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(self._process.pid)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )

    def _send(self, message: dict[str, Any]) -> None:
        self._outgoing.put((json.dumps(message, allow_nan=False) + "\n").encode("ascii"))

    def _write(self) -> None:
        stream = _pipe(self._process.stdin)
        self._ready.wait()  # until then nobody reads, and a full pipe would hold up this thread beyond recall
        with contextlib.suppress(OSError, ValueError):  # it has died: the reader says so
            while (line := self._outgoing.get()) is not None:
                stream.write(line)
                stream.flush()
        with contextlib.suppress(OSError):
            stream.close()

    def _read(self) -> None:
        for message in self._messages(_pipe(self._process.stdout)):
            if "ready" in message:
                if self._ready.is_set():
                    continue  # it says so once; what comes later is of the code that it runs
                self.versions = message["ready"]["versions"]
                with self._lock:
                    self._ready.set()
                    for waiting in self._calls.values():
                        waiting.inbox.put(BEGUN)
                if self._on_ready is not None:
                    self._on_ready()
            elif "failed" in message:
                self._fail(_error_of(message["failed"]))
            else:
                with self._lock:
                    call = self._calls.get(message.pop("id", 0) if not self._single else 1)
                if call is not None:
                    call.inbox.put(message)
        status = self._process.wait()
        self._threads[2].join(1.0)
        error = WorkerDied(f"the worker process {self._ended or ENDED.get(status, f'ended with status {status}')}")
        error.details = self._stderr.decode("utf-8", "replace")
        self._fail(error)

    def _messages(self, stream: IO[bytes]) -> Iterator[dict[str, Any]]:
        """What arrives. A warm worker filters what tasks write; the process of a single task may run a candidate, which
        can find the descriptor: what is no message is dropped, and one without end is the end."""
        while line := stream.readline(LINE_LIMIT):
            if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
                self._kill()
                return
            try:
                message = parse_json(line)
            except ValueError:
                if not self._single:
                    raise
                continue
            if isinstance(message, dict) and ({"ready", "failed", "event", "ok"} & set(message)):
                yield message

    def _fail(self, error: KernelAgentError) -> None:
        with self._lock:
            if self._failure is None:
                self._failure = error
            calls, self._calls = list(self._calls.values()), {}
        self._ready.set()
        for call in calls:
            call.inbox.put({"died": self._failure})

    def _listen(self) -> None:
        """A candidate in the process of a single task may print without end, and without a line's end."""
        stream, printed = _pipe(self._process.stderr).fileno(), 0
        with contextlib.suppress(OSError):
            while data := os.read(stream, 1 << 16):
                self._stderr += data
                del self._stderr[:-_TAIL_BYTES]
                printed += len(data)
                if self._single and printed > MOST_PRINTED and not self._ended:
                    self._ended = PRINTED_TOO_MUCH
                    self._kill()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream


def _error_of(reply: dict[str, Any]) -> KernelAgentError:
    """The error of a reply, with what belongs in the log."""
    error = from_json(reply["error"])
    error.details = "\n".join(part for part in (reply.get("details", ""), reply.get("output", "")) if part)
    return error


def value_of(reply: dict[str, Any]) -> dict[str, Any]:
    """The value of a reply that ends a call; raises the error that it carries."""
    if "died" in reply:
        raise without_keys(reply["died"])
    if not reply.get("ok"):
        raise without_keys(_error_of(reply))
    value: dict[str, Any] = reply["value"]
    return value
