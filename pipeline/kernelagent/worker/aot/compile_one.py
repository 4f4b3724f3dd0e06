"""Compile one launch for one architecture in a process of its own, with a time limit: LLVM can't be interrupted."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sys
import time
import traceback
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kernelagent.contract.compilable_name import FORM, ptxas_takes
from kernelagent.worker.aot import precision, resources
from kernelagent.worker.aot.signature import Inexpressible, specialize
from kernelagent.worker.aot.targets import Architecture, gpu_target

PATIENCE = 4
"""How much longer than its processor time a compilation may take: beside others on a busy machine."""


class Compilation:
    """A child that compiles; :meth:`wait` collects what came of it."""

    def __init__(
        self, namespace: types.ModuleType, launch: dict[str, Any], arch: str, target: Architecture, scratch: Path
    ):
        self._label = {"kernel": launch["kernel"], "arch": arch, "may_refuse": launch.get("may_refuse", False)}
        self._result = scratch / f"compiled-{os.getpid()}-{id(self)}.json"
        self._started = time.monotonic()
        self._end, held = os.pipe()
        """Can be read when the child has ended, which holds the other end."""
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                outcome = _compile(namespace, launch, target, self._result.with_suffix(".log"))
                self._result.write_text(json.dumps(outcome), encoding="utf-8")
                status = 0
            finally:
                os._exit(status)
        os.close(held)

    def wait(self, limit_s: float) -> dict[str, Any]:
        """``{kernel, arch, error, line, registers, spills, shared_bytes, notes}``.

        ``limit_s`` is processor time, which the policy's ``cpu_seconds`` ends, so that a busy machine fails no kernel;
        what waits ends after ``PATIENCE`` times as long.
        """
        left = max(0.0, self._started + PATIENCE * limit_s - time.monotonic())
        status = _ended(self._pid, self._end, left)
        if status is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        if status is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
            return self._failed(f"did not compile within {limit_s:g} s: its tile is too large for the compiler")
        if not self._result.exists():
            return self._failed("the compiler crashed")
        return {**self._label, **json.loads(self._result.read_text(encoding="utf-8"))}

    def _failed(self, error: str) -> dict[str, Any]:
        figures = {"registers": None, "spills": None, "shared_bytes": None}
        return {**self._label, "error": error, "line": None, "notes": [], **figures}


def _ended(pid: int, end: int, timeout_s: float) -> int | None:
    """What it ended with; ``None``: it goes on."""
    deadline = time.monotonic() + timeout_s
    select.select([end], [], [], timeout_s)
    os.close(end)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done or time.monotonic() >= deadline:
            return status if done else None
        time.sleep(0.01)


MOST_THREADS = 1024
"""Of a block, on every architecture that is known here."""


def _compile(namespace: types.ModuleType, launch: dict[str, Any], target: Architecture, log: Path) -> dict[str, Any]:
    import triton
    from triton.compiler import ASTSource

    figures: dict[str, Any] = {"registers": None, "spills": None, "shared_bytes": None}
    function = None
    try:
        function = find_kernel(namespace, launch["kernel"], launch.get("line"))
        if function is None:
            return {"error": "the kernel is not in the file's namespace", "line": None, "notes": [], **figures}
        how = specialize(function, launch, target, namespace)
        source = ASTSource(fn=function, signature=how.signature, constexprs=how.constexprs, attrs=how.attrs)
        os.environ["TRITON_DUMP_PTXAS_LOG"] = "1"
        with open(log, "w", encoding="utf-8") as stream:
            os.dup2(stream.fileno(), 1)
            compiled = triton.compile(source, target=gpu_target(target), options=dict(launch["options"]))
            sys.stdout.flush()
        found = resources.of_compiled(compiled, log.read_text(encoding="utf-8"))
    except Inexpressible as exc:
        return {"error": None, "line": None, "notes": [f"{launch['kernel']}: {exc}"], "unchecked": True, **figures}
    except BaseException as exc:  # noqa: BLE001  the compiler's front end runs the kernel's own Python
        if function is None:
            return {"error": _message(exc), "line": None, "notes": [], **figures}
        file = str(function.fn.__code__.co_filename)
        reason = _message(exc)
        if target.backend == "cuda" and not ptxas_takes(Path(file).name):
            reason = f"{FORM}: rename {Path(file).name} ({reason})"
        return {"error": reason, "line": _line(exc, function), "notes": [], **figures}
    error = None
    if found.shared_bytes is not None and found.shared_bytes > target.shared_limit:
        error = f"needs {found.shared_bytes} bytes of shared memory; a block may use {target.shared_limit}"
    threads = int(getattr(compiled.metadata, "num_warps", 0)) * target.warp_size
    if threads > MOST_THREADS:
        error = f"needs {threads} threads; a block may have {MOST_THREADS}"
    if getattr(compiled.metadata, "global_scratch_size", 0) and not launch.get("allocator", True):
        error = "makes descriptors in memory of its own: call triton.set_allocator(...) before launching it"
    ttir = str(compiled.asm.get("ttir", ""))
    numbers = {
        "products": precision.products(ttir),
        "accumulator": precision.accumulator(ttir),
        "sums": precision.sums(ttir),
    }
    return {"error": error, "line": None, "notes": list(how.notes), **numbers, **vars(found)}


def find_kernel(namespace: types.ModuleType, name: str, line: int | None = None) -> Any:
    """The ``JITFunction``, also under an autotuner or heuristics: the one that begins at ``line``, if that is known.
    ``None``: there is none. Raises ``Inexpressible`` where several fit."""
    found: dict[int, Any] = {}
    for value in _values(vars(namespace), namespace.__name__):
        function = value
        while hasattr(function, "fn") and not hasattr(function, "params"):
            function = function.fn
        own: Any = getattr(function, "fn", None)
        is_one = hasattr(function, "params") and getattr(own, "__name__", None) == name
        if is_one and line in (None, own.__code__.co_firstlineno):
            found.setdefault(id(own), function)
    if len(found) > 1:
        raise Inexpressible(f"{name} is the name of several kernels, of which none was compiled")
    return next(iter(found.values()), None)


def _values(namespace: Mapping[str, Any], module: str) -> Iterator[Any]:
    """What the file names, also in bodies of its classes."""
    for value in list(namespace.values()):
        yield value.__func__ if isinstance(value, staticmethod) else value
        if isinstance(value, type) and value.__module__ == module and vars(value) is not namespace:
            yield from _values(vars(value), module)


def _message(exc: BaseException) -> str:
    cause = exc.__cause__ or exc
    lines = [line.strip() for line in str(cause).strip().splitlines() if line.strip()]
    informative = [line for line in lines if re.search(r"error|must|not|expected|cannot|unsupported", line, re.I)]
    return f"{type(cause).__name__}: {(informative or lines or [''])[-1]}"[:600]


def _line(exc: BaseException, function: Any) -> int | None:
    """The line in the file: a CompilationError counts from the ``def`` of the kernel that it stands in."""
    node, source = getattr(exc, "node", None), getattr(exc, "src", None)
    if node is not None and getattr(node, "lineno", None) is not None and source == getattr(function, "src", object()):
        return int(function.starting_line_number) + _lines_before_def(function) + int(node.lineno) - 1
    file = function.fn.__code__.co_filename
    lines = [f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename == file]
    return lines[-1] if lines else int(function.fn.__code__.co_firstlineno)


def _lines_before_def(function: Any) -> int:
    """Decorator lines, from which the function's own line number counts, but not its source."""
    if not str(function.src).lstrip().startswith("def "):
        return 0
    lines = getattr(function, "raw_src", None) or []
    return next((i for i, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
