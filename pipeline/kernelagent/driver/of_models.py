"""A module that a model wrote runs in the sandbox wherever it runs: when it is captured, observed, used as a reference
or timed. Its text was found to be plain; that alone is not relied on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

from kernelagent.contract.problem import Problem
from kernelagent.driver.isolation import Isolation

CPU_SECONDS = 600
MEMORY_BYTES = 16 << 30
"""A reference holds all of its cases at once."""


class Shut(TypedDict, total=False):
    """Arguments of :meth:`WorkerPool.call`."""

    sandbox: dict[str, Any]
    prefix: tuple[str, ...]


def shut_in(problem: Problem, isolation: Isolation, scratch: Path, *, gpu: bool = False) -> Shut:
    """How a task that runs the module of ``problem`` is started: as it is if a user wrote it; in the sandbox if a model
    did, with ``scratch`` as the one folder that it can write to, and of the project the run's own files alone."""
    if not problem.by_model:
        return {}
    scratch.mkdir(parents=True, exist_ok=True)
    copied = [Path(problem.text_file).parent] if problem.text_file else []  # with the run's other files
    policy: dict[str, Any] = {
        "scratch": str(scratch),
        "cpu_seconds": CPU_SECONDS,
        "memory_bytes": MEMORY_BYTES,
        "gpu": gpu,
        "processes": gpu,  # torch.compile runs compilers
        **isolation.shut_in([Path(problem.file), *copied]),
    }
    return {"sandbox": policy, "prefix": isolation.prefix(str(scratch), ())}


def learned(asked: Problem, told: Problem) -> Problem:
    """``asked`` with what capturing or running the module told of it. A process in which a model's code ran may say
    anything: which file is meant, and how its inputs are made, is not for it to say."""
    if not asked.by_model:
        return told
    return replace(
        told,
        file=asked.file,
        class_name=asked.class_name,
        line=asked.line,
        source_sha256=asked.source_sha256,
        example=asked.example,
        mode=asked.mode,
        text_file=asked.text_file,
        import_root=asked.import_root,
        imports=(),
        data=(),
        by_model=True,
    )
