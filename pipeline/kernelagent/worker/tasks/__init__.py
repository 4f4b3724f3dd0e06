"""The tasks of a worker: one file each, holding ``run(args, emit) -> dict``. To add one: add a file and a row here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

Emit = Callable[[dict[str, Any]], None]
Task = Callable[[dict[str, Any], Emit], Any]

TASKS: tuple[str, ...] = (
    "capture",
    "extract",
    "check_fused",
    "observe",
    "try_module",
    "plain_source",
    "try_fused",
    "compare_fused",
    "capture_piece",
    "cut_by_operators",
    "describe_whole",
    "link",
    "synthesize",
    "compose",
    "static_check",
    "reference",
    "candidate",
    "compare",
    "compile_kernels",
    "sanitize",
    "sanitized_run",
    "measure",
    "timed_outputs",
    "caller_test",
    "probe",
)


def find(name: str) -> Task:
    """The task called ``name``. Raises ``LookupError`` for a name that has no row."""
    if name not in TASKS:
        raise LookupError(f"there is no worker task {name!r}")
    run: Task = import_module(f"{__name__}.{name}").run
    return run
