"""The Python API: the same engine as the command line, for scripts and notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.python_names import in_python
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver import pipeline, standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.store.recall import recall
from kernelagent.driver.target import Target, parse_target
from kernelagent.errors import Cancelled, KernelAgentError

__all__ = ["CancelToken", "Options", "Result", "Verification", "fuse", "verify"]

_INTERRUPT = ("SIGINT",)


def fuse(
    target: str | os.PathLike[str],
    *,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    **options: Any,
) -> Result:
    """Fuse ``target`` (``"file.py"`` or ``"file.py::Class"``); ``options`` are the fields of :class:`Options`.

    The same request again is answered at once, from the run that answered it before: ``result.cached`` names that, and
    ``fresh=True`` does it anew. Returns a result also for a failure, with ``result.error`` saying what to do. Raises
    ``TypeError`` for an unknown option, ``BadOption`` for a value that an option cannot have, and ``KeyboardInterrupt``
    after the run has been written down. Worker processes live as long as the call.

        result = kernelagent.fuse("model.py::Block", arch=("sm_90",))
        print(result.status, result.artifacts["run_dir"])
    """
    resolved, asked = Options(**options), cancel or CancelToken()
    parsed = parse_target(os.fspath(target))
    token = CancelToken()
    unsubscribe = asked.on_cancel(token.cancel)
    try:
        with cancelled_by_signals(token, _INTERRUPT):
            result = recall(parsed, resolved, on_event=on_event) or _fused(parsed, resolved, on_event, token)
    except KernelAgentError as exc:
        result = failed_result(parsed, exc)
    finally:
        unsubscribe()
    if token.cancelled and not asked.cancelled:
        raise KeyboardInterrupt
    if result.error is None:
        return result
    told = replace(result.error, message=_spoken(result.error.message), hint=_spoken(result.error.hint))
    return replace(result, error=told)


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
    resolved, asked = Options(**options), cancel or CancelToken()
    parsed = parse_target(os.fspath(problem))
    token = CancelToken()
    unsubscribe = asked.on_cancel(token.cancel)
    try:
        with cancelled_by_signals(token, _INTERRUPT), standalone.worker_pool(parsed.file, resolved) as pool:
            return standalone.verify_file(Path(kernel), parsed, resolved, pool=pool, on_event=on_event, cancel=token)
    except Cancelled:
        if asked.cancelled:
            raise
        raise KeyboardInterrupt from None
    except KernelAgentError as exc:
        exc.message, exc.remedy = _spoken(exc.message), _spoken(exc.remedy)
        exc.args = (exc.message,)
        raise
    finally:
        unsubscribe()


def _fused(target: Target, options: Options, on_event: Callable[[Event], None] | None, token: CancelToken) -> Result:
    with standalone.worker_pool(target.file, options) as pool:
        return pipeline.fuse(target, options, pool=pool, on_event=on_event, cancel=token)


def _spoken(text: str) -> str:
    return in_python(text, {"help": "help(kernelagent.Options)"})
