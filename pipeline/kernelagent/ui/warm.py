"""Warm worker processes, one pool for each interpreter, shared by all jobs of a server."""

from __future__ import annotations

import threading
from pathlib import Path

from kernelagent.driver.interpreter import find_interpreter, probe, require
from kernelagent.driver.workers import WorkerPool


class Warm:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[str, WorkerPool] = {}

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
                self._pools[path].start()
            return self._pools[path]

    def close(self) -> None:
        with self._lock:
            pools = tuple(self._pools.values())
        for pool in pools:
            pool.close()
