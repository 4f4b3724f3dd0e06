"""Warm worker processes, one pool for each interpreter, shared by all jobs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from kernelagent.driver.far import far_for
from kernelagent.driver.interpreter import find_interpreter, probe, require
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

logger = logging.getLogger(__name__)


class Pools:
    """Thread-safe: jobs ask for their pool from their own threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str | None], WorkerPool] = {}
        """By the interpreter, and the cluster that judges in its place."""
        self._versions: dict[str, dict[str, str]] = {}
        self._retired: list[WorkerPool] = []
        self._closed = False

    def get(self, interpreter: str | None, file: str, remote: str | None = None) -> WorkerPool:
        """The pool for ``interpreter``, or for the one that belongs to ``file``; warm from its second use on.
        ``remote``: the cluster that judges and times in its place.

        Asks the interpreter for its versions the first time: never called on the event loop's thread. Raises
        ``InterpreterNotFound``, ``TorchMissing`` and their like.
        """
        found, origin = find_interpreter(Path(file), interpreter)
        with self._lock:
            known = (found, remote) in self._pools
        versions = {}
        far = None
        if not known:
            asked = probe(found, origin)
            require(asked, judges=remote is None)
            far = far_for(remote, asked)
            versions = {name: str(getattr(asked, name)) for name in ("python", "torch", "triton", "numpy")}
        with self._lock:
            self._versions.setdefault(found, versions)
            pool = self._pools.get((found, remote))
            if pool is None:
                pool = self._pools[found, remote] = WorkerPool(found, far=far)
                if not self._closed:
                    pool.start()
                else:
                    pool.close()
            return pool

    def versions(self, pool: WorkerPool) -> dict[str, str]:
        """What ``pool``'s interpreter has, as it said when it was first asked."""
        with self._lock:
            return self._versions.get(pool.interpreter, {})

    def warm(self, interpreter: str | None, file: str, remote: str | None = None) -> None:
        """Begin to warm the pool that jobs for ``file`` will use, in the background."""

        def start() -> None:
            try:
                self.get(interpreter, file, remote)
            except KernelAgentError as exc:  # the user hears of it from the first job, which needs it
                logger.info("No worker was started ahead of time: %s", exc.code)

        threading.Thread(target=start, name="warm-up", daemon=True).start()

    def retire(self) -> None:
        """The user has chosen another interpreter: who asks from now on gets new workers. Those there are go on until
        :meth:`close_retired`."""
        with self._lock:
            self._retired += self._pools.values()
            self._pools.clear()

    def close_retired(self) -> None:
        """End the workers of interpreters that were chosen before, in the background. No job may be using them."""
        with self._lock:
            pools, self._retired = tuple(self._retired), []
        for pool in pools:
            threading.Thread(target=pool.close, name="retire", daemon=True).start()

    def close(self) -> None:
        """Kill every worker. A pool that is asked for later is closed from the start."""
        with self._lock:
            self._closed = True
            pools = (*self._pools.values(), *self._retired)
        for pool in pools:
            pool.close()

    def interpreters(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(dict.fromkeys(interpreter for interpreter, _ in self._pools))
