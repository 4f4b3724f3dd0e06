"""The caller's own test of a kernel, as KernelAgent's users write them: a script that ends with status 0 or 1."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.caller_test import SAID
from kernelagent.contract.options import Options
from kernelagent.driver import isolation
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.known_keys import redactor_of
from kernelagent.driver.printable import printable
from kernelagent.driver.said_by_a_test import end_of, redact_file, said_before
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
    project: Path | None = None,
) -> Tested:
    """Run ``test_code``, which does ``from kernel import kernel_function``, in the sandbox, with ``scratch`` for its
    folder, for ``timeout_s`` from when the process is ready. What it does ends in the answer; raises ``Cancelled``
    alone.

    Keys are taken out of what it says, here and in the file ``SAID``: those of the environment, and of the files with
    keys around the kernel and around ``project``, a file of the module's project where the kernel lies elsewhere."""
    scratch = scratch.absolute()  # the sandbox has another current folder
    scratch.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kernel, scratch / "kernel.py")
    content = test_code if isinstance(test_code, bytes) else test_code.encode()
    (scratch / "test.py").write_bytes(content)
    near = (kernel,) if project is None else (kernel, project)
    shut = isolation.choose(options.sandbox, pool.interpreter, near, options.env_file)
    redact = redactor_of(shut.secrets, options.relay_url)
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
        return Tested(False, _told_of_death(exc, said_before(scratch / SAID), redact))
    finally:
        redact_file(scratch / SAID, redact)
    said, status = str(printable(end_of(value["said"], _TAIL, redact))), value["status"]
    return Tested(status == 0, said if status == 0 else f"{said.rstrip()} (it ended with status {status})".lstrip())


def _told_of_death(exc: WorkerDied, before: str, redact: Callable[[str], str]) -> str:
    """What the test said ``before``, how its process ended, and what it may not do."""
    ended = redact(exc.message)
    for process in (f"the process that ran {_TASK} ", "the worker process "):
        if ended.startswith(process):
            ended = f"the test {ended.removeprefix(process)}"
    said = [end_of(text.strip(), _TAIL, redact) for text in (before, exc.details)]
    parts = [*said, f"{ended.rstrip('.')}. {_ONE}"]
    return str(printable("\n".join(part for part in parts if part)))
