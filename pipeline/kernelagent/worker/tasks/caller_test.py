"""A test that the caller wrote, run beside the kernel file in the sandbox: it is code too, and imports the kernel."""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.worker import sandbox

_TAIL = 4000


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{scratch, policy}`` → ``{status, said, sandbox}``.

    ``scratch`` holds ``kernel.py`` and ``test.py``, which does ``from kernel import kernel_function``. ``status`` is
    its exit status: 0 when it ends by itself, 1 when it raises. ``said`` is the end of what it printed and raised.
    """
    layers = sandbox.enter(args["policy"])
    scratch = Path(args["scratch"])
    sys.path.insert(0, str(scratch))
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = _status(scratch / "test.py", said)
    return {"status": status, "said": said.getvalue()[-_TAIL:], "sandbox": layers}


def _status(test: Path, said: io.StringIO) -> int:
    """As the interpreter would end: see :class:`SystemExit`."""
    try:
        runpy.run_path(str(test), run_name="__main__")
    except SystemExit as exc:
        if exc.code is None or isinstance(exc.code, int):
            return exc.code or 0
        said.write(str(exc.code))
        return 1
    except BaseException:  # noqa: BLE001  the test and the kernel may raise anything
        said.write(traceback.format_exc())
        return 1
    return 0
