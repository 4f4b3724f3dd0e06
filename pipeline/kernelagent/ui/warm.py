"""Warm worker processes, one pool for each interpreter, shared by all jobs of a server."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from kernelagent.driver.interpreter import find_interpreter, probe, require
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError


class Warm:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[str, WorkerPool] = {}
        self._closed = False

    def pool(self, file: Path) -> WorkerPool:
        """For the interpreter that belongs to ``file``. Raises ``InterpreterNotFound``, ``TorchMissing`` and their
        like."""
        path, origin = find_interpreter(file, None)
        with self._lock:
            found = self._pools.get(path)
        if found is not None:
            return found
        require(probe(path, origin), judges=True)
        with self._lock:
            if path not in self._pools:
                self._pools[path] = WorkerPool(path)
                if self._closed:
                    self._pools[path].close()
                else:
                    self._pools[path].start()
            return self._pools[path]

    def ahead(self, file: Path) -> None:
        """Begin to warm what :meth:`pool` will give, in the background."""

        def start() -> None:
            with contextlib.suppress(KernelAgentError):  # the first job, which needs it, tells
                self.pool(file)

        threading.Thread(target=start, name="warm-up", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            pools = tuple(self._pools.values())
        for pool in pools:
            pool.close()
