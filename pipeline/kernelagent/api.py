"""The Python API: the same engine as the command line, for scripts and notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver import pipeline, standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.target import parse_target

__all__ = ["CancelToken", "Options", "Result", "Verification", "fuse", "verify"]


def fuse(
    target: str | os.PathLike[str],
    *,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    **options: Any,
) -> Result:
    """Fuse ``target`` (``"file.py"`` or ``"file.py::Class"``); ``options`` are the fields of :class:`Options`.

    Returns a result also for a failure, with ``result.error`` saying what to do. Raises ``TypeError`` for an unknown
    option. Worker processes live as long as the call.

        result = kernelagent.fuse("model.py::Block", arch=("sm_90",))
        print(result.status, result.artifacts["run_dir"])
    """
    parsed, resolved = parse_target(os.fspath(target)), Options(**options)
    with standalone.worker_pool(parsed.file, resolved) as pool:
        return pipeline.fuse(parsed, resolved, pool=pool, on_event=on_event, cancel=cancel)


def verify(
    kernel: str | os.PathLike[str],
    problem: str | os.PathLike[str],
    *,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    **options: Any,
) -> Verification:
    """Judge the kernel file ``kernel`` against the module ``problem``, a target as for :func:`fuse`.

    Raises the catalogue's errors (:mod:`kernelagent.errors`).
    """
    parsed, resolved = parse_target(os.fspath(problem)), Options(**options)
    with standalone.worker_pool(parsed.file, resolved) as pool:
        return standalone.verify_file(
            Path(kernel), parsed, resolved, pool=pool, on_event=on_event, cancel=cancel or CancelToken()
        )
