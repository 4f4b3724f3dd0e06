"""One task in the process that runs it: find it, run it, and turn what fails into an error of the catalogue."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from typing import Any

from kernelagent.contract.codec import to_json
from kernelagent.errors import DiskFull, InternalError, KernelAgentError, WorkerDied
from kernelagent.worker import tasks


def write_line(fd: int, message: dict[str, Any]) -> None:
    """Write one JSON line whole, however large; strict JSON."""
    data = memoryview((json.dumps(to_json(message), allow_nan=False, ensure_ascii=True) + "\n").encode("ascii"))
    while data:
        data = data[os.write(fd, data) :]


def run_task(request: dict[str, Any], out: int) -> None:
    """Run the requested task in this process and write its events and its end to ``out``."""

    def emit(event: dict[str, Any]) -> None:
        write_line(out, {"event": event})

    # Running the user's module leaves nothing in the user's folders. (Warming up may: it imports only ours and torch.)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        policy = request.get("sandbox")
        if policy is not None:
            from kernelagent.worker import sandbox

            sandbox.enter(policy)
        value = tasks.find(str(request["task"]))(request.get("args") or {}, emit)
        reply: dict[str, Any] = {"ok": True, "value": to_json(value)}
    except BaseException as exc:  # noqa: BLE001  also SystemExit from the user's code: all of it is reported
        reply = {"ok": False, **describe(exc, str(request.get("task")))}
    write_line(out, reply)


def describe(exc: BaseException, task: str) -> dict[str, Any]:
    """The error for the user, and the traceback for the log."""
    details = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    if isinstance(exc, KernelAgentError):
        error = exc
    elif isinstance(exc, MemoryError):
        error = WorkerDied(f"the task {task} ran out of memory", hint="Use smaller example inputs.")
    elif isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        error = DiskFull(f"the disk is full: {exc}")
    elif isinstance(exc, OSError) and exc.errno == errno.EFBIG:
        error = DiskFull(
            f"a limit on the size of files is reached (ulimit -f): {exc}",
            hint="Raise that limit (ulimit -f unlimited) and run again.",
        )
    elif isinstance(exc, SystemExit):
        error = WorkerDied(
            f"the code ended the process by itself during {task} (sys.exit)",
            hint='Keep sys.exit() and main programs under `if __name__ == "__main__":`.',
        )
    else:
        error = InternalError(f"the task {task} failed: {type(exc).__name__}: {exc}")
    return {"error": error.to_json(), "details": details}
