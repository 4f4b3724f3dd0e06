"""One problem of a batch to its answer: a run of its own, in a folder of its own, and what is kept of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.batch import BatchEntry, Speed
from kernelagent.contract.events import Event, RunStarted, StageFinished
from kernelagent.contract.result import Result
from kernelagent.driver import pipeline
from kernelagent.driver.batch.family import ELSEWHERE, family_of
from kernelagent.driver.batch.standing import files_read, is_answer, kernel_sha256
from kernelagent.driver.batch.task import Task, key_file
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import NoExampleInputs, StillGoing

_REASON = 200
"""Characters of a miss's reason that are kept; the run's own folder has all of it."""


@dataclass(frozen=True)
class Done:
    entry: BatchEntry
    met_another: str = ""
    """What is said of the other run that is at work in its folder; empty: it had it for itself."""


def answer(
    task: Task,
    *,
    folder: Path,
    pool: WorkerPool,
    account: Account | None,
    cancel: CancelToken,
    on_event: Callable[[Event], None],
) -> Done:
    """Fuse the problem of ``task`` in ``folder``, the batch's. Its own error is its answer."""
    stages: dict[str, float] = {}
    lock = threading.Lock()

    def listen(event: Event) -> None:
        if isinstance(event, StageFinished):
            with lock:
                stages[event.stage] = round(event.elapsed_s, 3)
        elif isinstance(event, RunStarted):  # the folder is this run's now, and no other's
            with contextlib.suppress(OSError):  # then it only does not go on, if it is killed
                key_file(folder, task.target).write_text(task.key, encoding="ascii")
        on_event(event)

    run_dir = folder / task.folder_name
    goes_on = task.goes_on and (run_dir / "run.json").is_file()
    result = pipeline.fuse(
        task.target,
        replace(task.options, run_dir=str(run_dir)),
        pool=pool,
        on_event=listen,
        cancel=cancel,
        memory="first" if goes_on else "none",
        within=account,
    )
    met_another = result.error is not None and result.error.code == StillGoing.__name__
    entry = entry_of(task, result, run_dir, stages)
    if not met_another or result.error is None:
        return Done(entry)
    return Done(replace(entry, family=ELSEWHERE), result.error.message)


def entry_of(task: Task, result: Result, run_dir: Path, stages: dict[str, float]) -> BatchEntry:
    """What is kept of a run that has ended."""
    files = files_read(result, run_dir)
    operators = [operator for subgraph in result.subgraphs for operator in subgraph.ops]
    return BatchEntry(
        target=str(task.target),
        status=result.status,
        family=family_of(operators),
        reason="" if result.status == "verified" else _reason(task, result),
        elapsed_s=round(result.elapsed_s, 3),
        stages=stages,
        kernels=_kernels(result),
        run_dir=run_dir.name,
        key=task.key,
        is_answer=is_answer(result),
        cost=result.cost,
        imports=files.imports,
        data=files.data,
        packages=files.packages,
        kernel_sha256=kernel_sha256(run_dir) if result.kernel is not None else "",
        author=task.author,
        speed=_speed(result),
    )


def _reason(task: Task, result: Result) -> str:
    if result.error is not None:
        text = f"{result.error.code}: {result.error.message}"
        if result.error.code == NoExampleInputs.__name__ and task.inputs_belong:
            text += f" {task.inputs_belong}"
    elif result.verification is not None:
        failed = [check.name for check in result.verification.checks if not check.passed]
        text = f"{', '.join(failed)}: {result.verification.summary}" if failed else result.verification.summary
    else:
        text = "not judged, as asked"
    text = " ".join(text.split())
    return text if len(text) <= _REASON else text[: _REASON - 1] + "…"


def _kernels(result: Result) -> int:
    return len({c.kernel for c in result.verification.compiled}) if result.verification is not None else 0


def _speed(result: Result) -> Speed | None:
    timed = result.benchmark
    if timed is None:
        return None
    compiled = None if timed.compile_ms is None else timed.compile_ms.median
    return Speed(timed.device, timed.kernel_ms.median, timed.eager_ms.median, compiled)
