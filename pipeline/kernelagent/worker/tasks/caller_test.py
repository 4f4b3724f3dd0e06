"""A test that the caller wrote, run beside the kernel file in the sandbox: it is code too, and imports the kernel."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from kernelagent.contract.caller_test import SAID
from kernelagent.worker import sandbox
from kernelagent.worker.callers.defined_tests import run_defined, run_file
from kernelagent.worker.callers.event_loop import without_sockets
from kernelagent.worker.callers.one_thread import in_one_thread
from kernelagent.worker.callers.own_signals import end_by_own_signals
from kernelagent.worker.callers.said import Said
from kernelagent.worker.callers.watched_unittest import watch_unittest

_TAIL = 12_000
"""Characters. More than is told of it: a key that is cut here is none of those."""


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{scratch, policy}`` → ``{status, said, sandbox}``.

    ``scratch`` holds ``kernel.py`` and ``test.py``, which does ``from kernel import kernel_function``. ``status`` is
    its exit status: 0 when it ends by itself, 1 when it raises, has looked at no kernel, or has skipped
    all tests. ``said`` is the end of what it printed and raised.
    """
    layers = sandbox.enter(args["policy"])
    without_sockets()
    in_one_thread()
    end_by_own_signals()
    scratch = Path(args["scratch"])
    sys.path.insert(0, str(scratch))
    said = Said(scratch / SAID)
    opened, counted = _opened(scratch / "kernel.py"), watch_unittest()
    with said.taken():
        status = _status(scratch / "test.py", said)
    if status == 0 and not opened:
        status = 1
        said.write("the test has not imported the kernel, so it says nothing of it")
    if status == 0 and counted.nothing_ran:
        status = 1
        said.write("every test was skipped, so nothing is said of the kernel")
    return {"status": status, "said": said.end(_TAIL), "sandbox": layers}


def _opened(file: Path) -> list[str]:
    """Grows when ``file`` is opened in this process, as importing it does."""
    opened: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and os.path.basename(args[0]) == file.name:
            opened.append(args[0])

    sys.addaudithook(hook)
    return opened


def _status(test: Path, said: Said) -> int:
    """As the interpreter would end: see :class:`SystemExit`."""
    source = test.read_bytes()
    module = ModuleType("__main__")
    module.__file__ = str(test)
    sys.modules["__main__"], sys.argv = module, [str(test)]  # for the rest of this process, which ends with the test
    try:
        run_file(source, str(test), module)
        return run_defined(module, source, said)
    except SystemExit as exc:
        if exc.code is None or isinstance(exc.code, int):
            return int(exc.code or 0)
        said.write(str(exc.code))
        return 1
    except BaseException as exc:  # noqa: BLE001  the test and the kernel may raise anything
        said.write(_told(exc, test.parent))
        return 1


def _told(exc: BaseException, folder: Path) -> str:
    """As Python tells it, with the frames that lie in ``folder``: how the test came to be run is no news."""
    told = traceback.TracebackException.from_exception(exc)
    told.stack = traceback.StackSummary.from_list([f for f in told.stack if Path(f.filename).parent == folder])
    return "".join(told.format())
