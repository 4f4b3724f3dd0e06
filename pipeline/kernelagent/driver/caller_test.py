"""The caller's own test of a kernel, as KernelAgent's users write them: a script that ends with status 0 or 1."""

from __future__ import annotations

import math
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.caller_test import SAID
from kernelagent.contract.options import Options
from kernelagent.driver import isolation
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.driver.secret_files import secret_files
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import TimedOut, WorkerDied

_TASK = "caller_test"
_TAIL = 4000
"""Characters."""
_ONE = "A test runs in one thread and one process: it may start no other, and ends by its last line or by sys.exit."


@dataclass(frozen=True)
class Tested:
    passed: bool
    said: str
    """The end of what it printed and raised, or why it did not end."""


def run_caller_test(
    kernel: Path,
    test_code: str | bytes,
    options: Options,
    *,
    pool: WorkerPool,
    scratch: Path,
    gpu: bool,
    timeout_s: float,
    cancel: CancelToken,
) -> Tested:
    """Run ``test_code``, which does ``from kernel import kernel_function``, in the sandbox, with ``scratch`` for its
    folder, for ``timeout_s`` from when the process is ready. What it does ends in the answer; raises ``Cancelled``
    alone."""
    scratch = scratch.absolute()  # the sandbox has another current folder
    scratch.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kernel, scratch / "kernel.py")
    content = test_code if isinstance(test_code, bytes) else test_code.encode()
    (scratch / "test.py").write_bytes(content)
    shut = isolation.choose(options.sandbox, pool.interpreter, secret_files(kernel, options.env_file))
    policy = {"scratch": str(scratch), "cpu_seconds": math.ceil(timeout_s) + 1, "gpu": gpu, **shut.shut_in()}
    try:
        value = pool.call(
            _TASK,
            {"scratch": str(scratch), "policy": policy},
            flavor="compile" if gpu else "interpret",
            timeout_s=timeout_s,
            cancel=cancel,
            prefix=shut.prefix(str(scratch), ()),
        )
    except TimedOut:
        return Tested(False, f"the test did not end within {timeout_s:g} s")
    except WorkerDied as exc:
        return Tested(False, _told_of_death(exc, scratch))
    said, status = str(printable(value["said"])), value["status"]
    return Tested(status == 0, said if status == 0 else f"{said.rstrip()} (it ended with status {status})".lstrip())


def _told_of_death(exc: WorkerDied, scratch: Path) -> str:
    """What the test said before, how its process ended, and what it may not do."""
    ended = exc.message
    for process in (f"the process that ran {_TASK} ", "the worker process "):
        if ended.startswith(process):
            ended = f"the test {ended.removeprefix(process)}"
    parts = [_last_words(scratch / SAID).strip(), exc.details.strip()[-_TAIL:], f"{ended.rstrip('.')}. {_ONE}"]
    return str(printable("\n".join(part for part in parts if part)))


def _last_words(file: Path) -> str:
    """The end of ``file``; empty where the test has put something else there: what it links to is not its to show."""
    try:
        number = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return ""
    with os.fdopen(number, "rb") as stream:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            return ""
        stream.seek(max(0, found.st_size - 4 * _TAIL))
        return stream.read(4 * _TAIL).decode("utf-8", "replace")[-_TAIL:]
