"""Fuses many problems, several at a time with one pool of warm workers, and keeps each answer as soon as it is there.

Each problem is a run of its own (driver/pipeline.py) in a folder of its own, so what one does to itself, a crash, a
time-out, a full memory, is that one's answer and nothing to the others.
"""

from __future__ import annotations

import contextlib
import statistics
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.batch import BatchEntry, BatchSummary, FamilyRow
from kernelagent.contract.events import Event, RunStarted, StageFinished
from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost, Result
from kernelagent.driver import pipeline
from kernelagent.driver.batch.elsewhere import Elsewhere
from kernelagent.driver.batch.family import ELSEWHERE, family_of
from kernelagent.driver.batch.journal import Journal
from kernelagent.driver.batch.standing import author_of, files_read, holds, is_answer, kernel_sha256, key_of
from kernelagent.driver.batch.task import Task, begun, folder_name, key_file
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interpreter import probe
from kernelagent.driver.links import require_no_links
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.run_directory import disk_error
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import StillGoing

OnEntry = Callable[[BatchEntry, int, int], None]
"""An answer, how many there are now, and how many there will be."""

_REASON = 200
"""Characters of a miss's reason that are kept; the run's own folder has all of it."""


def run_batch(
    targets: list[Target],
    options: Options,
    *,
    folder: Path,
    jobs: int,
    pool: WorkerPool,
    retry: bool = False,
    on_entry: OnEntry | None = None,
    tell_wait: Callable[[str], None] | None = None,
    cancel: CancelToken | None = None,
) -> BatchSummary:
    """Fuse ``targets``, ``jobs`` at a time; those that ``folder`` has an answer to that still holds are not done again
    (with ``retry``: only the verified ones are not). What was begun and has no answer goes on with the replies that it
    has. ``options.budget_usd`` and ``budget_tokens`` hold for all of them together. What another process is about to
    answer, under the same options, is done last, and mostly not at all: its answer is waited for, as ``tell_wait`` is
    told.

    Raises ``DiskFull``, ``FolderNotWritable``, or ``BadOption`` for a link in ``folder``; a problem's own error is its
    entry. When ``cancel`` is set, the problems under way end, and the summary has what was answered before.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise disk_error(exc, folder, "--folder") from exc
    token = cancel or CancelToken()
    require_no_links(folder, depth=1)  # each run looks at its own
    journal = Journal(folder)
    answered, waiting = _kept(targets, options, journal.read(), folder, pool, retry=retry)
    account = Account(options.budget_usd, options.budget_tokens)
    tell = on_entry or _ignore
    elsewhere = Elsewhere(folder, tell_wait or _ignore_wait)

    def one(task: Task) -> _Done:
        return _fuse(task, options, folder=folder, pool=pool, account=account, cancel=token)

    def found(task: Task) -> bool:
        """Another process has answered it meanwhile."""
        entry = journal.newer().get(str(task.target))
        if entry is None or not holds(entry, task.target, task.key, task.author, folder, retry=retry):
            return False
        answered[entry.target] = entry
        tell(entry, len(answered), len(targets))
        return True

    with ThreadPoolExecutor(jobs, thread_name_prefix="kernelagent-batch") as executor:
        running: dict[Future[_Done], Task] = {}
        while ((waiting or elsewhere.tasks) and not token.cancelled) or running:
            while waiting and len(running) < jobs and not token.cancelled:
                task = waiting.pop(0)
                if not found(task):
                    running[executor.submit(one, task)] = task
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            if not running:
                token.wait(0.2)
            for task in elsewhere.over(found):
                waiting.append(replace(task, goes_on=begun(folder, task.target, task.key)))
            for future in done:
                task, end = running.pop(future), future.result()
                entry = end.entry
                if entry.status == "cancelled" or (end.met_another and elsewhere.takes(task, end.met_another)):
                    continue
                try:
                    journal.add(entry)
                except OSError as exc:
                    token.cancel()
                    raise disk_error(exc, folder, "--folder") from exc
                answered[entry.target] = entry
                tell(entry, len(answered), len(targets))
    order = {str(target): i for i, target in enumerate(targets)}
    entries = sorted(answered.values(), key=lambda entry: order[entry.target])
    return replace(summarize(folder, len(targets), entries), spent=account.cost)


def _kept(
    targets: list[Target],
    options: Options,
    known: Mapping[str, BatchEntry],
    folder: Path,
    pool: WorkerPool,
    *,
    retry: bool,
) -> tuple[dict[str, BatchEntry], list[Task]]:
    """The answers that still hold, by target, and the others."""
    python = probe(pool.interpreter, "the pool")
    versions = {"python": python.python, "torch": str(python.torch), "triton": str(python.triton)}
    answered: dict[str, BatchEntry] = {}
    waiting: list[Task] = []
    for target in targets:
        key, author = key_of(target, options, versions), author_of(target, options)
        entry = known.get(str(target))
        if entry is not None and holds(entry, target, key, author, folder, retry=retry):
            answered[entry.target] = entry
        else:
            again = entry is not None and entry.key == key and entry.is_answer
            waiting.append(Task(target, key, author, goes_on=not again and begun(folder, target, key)))
    return answered, waiting


def summarize(folder: Path, problems: int, entries: Iterable[BatchEntry]) -> BatchSummary:
    listed = tuple(entries)
    by_family: dict[str, list[BatchEntry]] = defaultdict(list)
    for entry in listed:
        by_family[entry.family].append(entry)
    rows = tuple(
        FamilyRow(
            family,
            len(group),
            sum(entry.status == "verified" for entry in group),
            statistics.median(entry.elapsed_s for entry in group),
            max(entry.elapsed_s for entry in group),
        )
        for family, group in sorted(by_family.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    return BatchSummary(
        str(folder),
        problems,
        sum(entry.status == "verified" for entry in listed),
        statistics.median(entry.elapsed_s for entry in listed) if listed else 0.0,
        rows,
        cost=sum((entry.cost for entry in listed), Cost()),
        entries=listed,
    )


@dataclass(frozen=True)
class _Done:
    entry: BatchEntry
    met_another: str
    """What is said of the other run that is at work in its folder; empty: it had it for itself."""


def _fuse(
    task: Task, options: Options, *, folder: Path, pool: WorkerPool, account: Account, cancel: CancelToken
) -> _Done:
    target = task.target
    stages: dict[str, float] = {}
    lock = threading.Lock()

    def listen(event: Event) -> None:
        if isinstance(event, StageFinished):
            with lock:
                stages[event.stage] = round(event.elapsed_s, 3)
        elif isinstance(event, RunStarted):  # the folder is this run's now, and no other's
            with contextlib.suppress(OSError):  # then it only does not go on, if it is killed
                key_file(folder, target).write_text(task.key, encoding="ascii")

    run_dir = folder / folder_name(target)
    goes_on = task.goes_on and (run_dir / "run.json").is_file()
    result = pipeline.fuse(
        target,
        replace(options, run_dir=str(run_dir)),
        pool=pool,
        on_event=listen,
        cancel=cancel,
        memory="first" if goes_on else "none",
        within=account,
    )
    files = files_read(result, run_dir)
    operators = [operator for subgraph in result.subgraphs for operator in subgraph.ops]
    met_another = result.error is not None and result.error.code == StillGoing.__name__
    entry = BatchEntry(
        target=str(target),
        status=result.status,
        family=ELSEWHERE if met_another else family_of(operators),
        reason="" if result.status == "verified" else _reason(result),
        elapsed_s=round(result.elapsed_s, 3),
        stages=stages,
        kernels=_kernels(result),
        run_dir=run_dir.name,
        key=task.key,
        is_answer=is_answer(result),
        cost=result.cost,
        imports=files.imports,
        data=files.data,
        kernel_sha256=kernel_sha256(run_dir) if result.kernel is not None else "",
        author=task.author,
    )
    return _Done(entry, result.error.message if result.error is not None and met_another else "")


def _reason(result: Result) -> str:
    if result.error is not None:
        text = f"{result.error.code}: {result.error.message}"
    elif result.verification is not None:
        failed = [check.name for check in result.verification.checks if not check.passed]
        text = f"{', '.join(failed)}: {result.verification.summary}" if failed else result.verification.summary
    else:
        text = "not judged, as asked"
    text = " ".join(text.split())
    return text if len(text) <= _REASON else text[: _REASON - 1] + "…"


def _kernels(result: Result) -> int:
    return len({c.kernel for c in result.verification.compiled}) if result.verification is not None else 0


def _ignore_wait(text: str) -> None:
    """As :func:`_ignore`."""


def _ignore(entry: BatchEntry, done: int, total: int) -> None:
    """The reader when nobody watches."""
