"""The pool: a warm worker of each flavor, and calls to them from any thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.far import Far
from kernelagent.driver.worker_process import BEGUN, CAN_FORK, Call, Flavor, WorkerProcess, value_of
from kernelagent.errors import Cancelled, TimedOut, WorkerDied

START_LIMIT_S = 300.0
"""It imports torch and Triton, on a machine that may be busy."""
_CANCEL_ACKNOWLEDGED_S = 0.08
"""How long a cancelled call waits to hear that its processes were killed."""


class WorkerPool:
    """The worker processes of one interpreter. Thread-safe; as many calls at once as the callers like."""

    def __init__(self, interpreter: str, *, forks: bool = CAN_FORK, far: Far | None = None) -> None:
        """``far``: another machine that judges and times in this one's place."""
        self.interpreter = interpreter
        self.far = far
        self._forks = forks
        self._lock = threading.Lock()
        self._workers: dict[Flavor, WorkerProcess] = {}
        self._single: set[WorkerProcess] = set()
        self._closed = False

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to warm up and return at once: the interpreting worker first, then the compiling one."""
        if self._forks:
            self._warm("interpret", then=None if self.far is not None else lambda: self._warm("compile"))

    def call(
        self,
        task: str,
        args: dict[str, Any],
        *,
        flavor: Flavor = "interpret",
        sandbox: dict[str, Any] | None = None,
        timeout_s: float | None = 300.0,
        cancel: CancelToken | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        prefix: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Run ``task`` in a process of its own and return its value. Events arrive in the calling thread.

        ``prefix`` is a command that runs another one: with it the task gets a fresh process, started by that.

        Raises the task's error; ``Cancelled`` promptly when ``cancel`` is set, and ``TimedOut`` after ``timeout_s`` of
        the task, for which the start of its worker does not count, in both cases with the task's processes killed;
        ``WorkerDied`` when the process ended by itself.
        """
        token = cancel or CancelToken()
        token.raise_if_cancelled()
        worker = self._worker(flavor, prefix)
        call = worker.submit(task, args, sandbox)
        unsubscribe = token.on_cancel(lambda: call.inbox.put({"cancelled": True}))
        what, limit_s = "the start of a worker", START_LIMIT_S
        deadline = None if timeout_s is None else time.monotonic() + limit_s
        try:
            while True:
                try:
                    message = call.inbox.get(
                        timeout=None if deadline is None else max(0.0, deadline - time.monotonic())
                    )
                except queue.Empty:
                    worker.cancel(call)
                    raise TimedOut(f"{what} did not end within {limit_s:g} s") from None
                if message is BEGUN:
                    if timeout_s is not None:
                        what, limit_s = task, timeout_s
                        deadline = time.monotonic() + limit_s
                    continue
                if "cancelled" in message:
                    worker.cancel(call)
                    _await_end(call)
                    raise Cancelled("cancelled")
                if "event" not in message:
                    return value_of(message)
                if on_event is not None:
                    on_event(message["event"])
        except (Cancelled, TimedOut):
            raise
        except BaseException:
            worker.cancel(call)  # on_event raised, or Ctrl-C came; cancelling a task that has ended does nothing
            raise
        finally:
            unsubscribe()
            worker.forget(call)
            self._release(worker)

    def versions(self, flavor: Flavor = "interpret") -> dict[str, str]:
        """Versions that the warm worker reported; empty while it is not ready."""
        with self._lock:
            worker = self._workers.get(flavor)
        return dict(worker.versions) if worker is not None else {}

    def close(self) -> None:
        """Kill every worker and every task; safe to call twice and from any thread."""
        with self._lock:
            self._closed = True
            workers = [*self._workers.values(), *self._single]
            self._workers.clear()
            self._single.clear()
        threads = [threading.Thread(target=worker.close) for worker in workers]
        threads += [threading.Thread(target=self.far.close)] if self.far is not None else []
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _warm(self, flavor: Flavor, then: Callable[[], None] | None = None) -> None:
        with self._lock:
            if not self._closed and flavor not in self._workers:
                self._workers[flavor] = WorkerProcess(self.interpreter, flavor, single=False, on_ready=then)

    def _worker(self, flavor: Flavor, prefix: tuple[str, ...]) -> WorkerProcess:
        """The warm worker, a new one if it has died, or a fresh process where forking is unsafe."""
        with self._lock:
            if self._closed:
                raise WorkerDied("the workers have been shut down")
            if prefix or not self._forks:
                worker = WorkerProcess(self.interpreter, flavor, single=True, prefix=prefix)
                self._single.add(worker)
                return worker
            found = self._workers.get(flavor)
            if found is None or not found.alive:
                found = self._workers[flavor] = WorkerProcess(self.interpreter, flavor, single=False)
            return found

    def _release(self, worker: WorkerProcess) -> None:
        with self._lock:
            if worker not in self._single:
                return
            self._single.discard(worker)
        worker.close()


def _await_end(call: Call) -> None:
    """Wait briefly until the worker says that the call's processes are gone."""
    deadline = time.monotonic() + _CANCEL_ACKNOWLEDGED_S
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = call.inbox.get(timeout=left)
        except queue.Empty:
            return
        if "event" not in message and message is not BEGUN:
            return
