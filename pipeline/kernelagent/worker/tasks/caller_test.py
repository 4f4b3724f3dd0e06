"""A test that the caller wrote, run beside the kernel file in the sandbox: it is code too, and imports the kernel."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import os
import runpy
import sys
import traceback
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.worker import sandbox

_TAIL = 4000


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{scratch, policy}`` → ``{status, said, sandbox}``.

    ``scratch`` holds ``kernel.py`` and ``test.py``, which does ``from kernel import kernel_function``. ``status`` is
    its exit status: 0 when it ends by itself, 1 when it raises, or has looked at no kernel. ``said`` is the end of what
    it printed and raised.
    """
    layers = sandbox.enter(args["policy"])
    scratch = Path(args["scratch"])
    sys.path.insert(0, str(scratch))
    said = io.StringIO()
    opened = _opened(scratch / "kernel.py")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = _status(scratch / "test.py", said)
    if status == 0 and not opened:
        status = 1
        said.write("the test has not imported the kernel, so it says nothing of it")
    return {"status": status, "said": said.getvalue()[-_TAIL:], "sandbox": layers}


def _opened(file: Path) -> list[str]:
    """Grows when ``file`` is opened in this process, as importing it does."""
    opened: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and os.path.basename(args[0]) == file.name:
            opened.append(args[0])

    sys.addaudithook(hook)
    return opened


def _status(test: Path, said: io.StringIO) -> int:
    """As the interpreter would end: see :class:`SystemExit`."""
    try:
        names = runpy.run_path(str(test), run_name="__main__")
        return _called(_uncalled(test.read_text(encoding="utf-8")), names, said)
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


def _uncalled(text: str) -> list[tuple[str, ...]]:
    """What only defines a test, as for pytest: functions ``test_*`` at the top, and such methods of classes ``Test*``
    and of those with a base ``TestCase``, of which the file says no more. One whose name is used again is called by the
    file itself."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found: list[tuple[str, ...]] = []
    for node in tree.body:
        if isinstance(node, _FUNCTIONS) and node.name.startswith("test_") and node.name not in used:
            found.append((node.name,))
        if isinstance(node, ast.ClassDef) and node.name not in used and _is_test(node):
            inside = [one.name for one in node.body if isinstance(one, _FUNCTIONS)]
            found += [(node.name, name) for name in inside if name.startswith("test")]
    return found


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _is_test(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any(ast.unparse(base).endswith("TestCase") for base in node.bases)


def _called(tests: list[tuple[str, ...]], names: dict[str, Any], said: io.StringIO) -> int:
    """1 after the first that fails as one of unittest, that returns ``False``, as KernelAgent's tests do when they
    fail, or that has not run by being called; raises what a test raises."""
    for name, *method in tests:
        owner = names[name]
        if isinstance(owner, type) and issubclass(owner, unittest.TestCase):
            if not unittest.TextTestRunner(said).run(owner(*method)).wasSuccessful():
                return 1
            continue
        found = getattr(owner(), method[0])() if method else owner()
        called = f"{'.'.join((name, *method))}()"
        if found is False:
            said.write(f"{called} returned False")
            return 1
        if inspect.iscoroutine(found):
            found.close()  # or Python warns that it was never awaited
        if inspect.isawaitable(found) or inspect.isgenerator(found) or inspect.isasyncgen(found):
            said.write(f"{called} returned a {type(found).__name__}, so nothing of it has run")
            return 1
    return 0
