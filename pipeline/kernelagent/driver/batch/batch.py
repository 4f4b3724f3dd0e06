"""Fuses many problems, several at a time with one pool of warm workers, and keeps each answer as soon as it is there.

Each problem is a run of its own (driver/pipeline.py) in a folder of its own, so what one does to itself, a crash, a
time-out, a full memory, is that one's answer and nothing to the others.
"""

from __future__ import annotations

import hashlib
import json
import re
import statistics
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from kernelagent import __version__
from kernelagent.contract.batch import BatchEntry, BatchSummary, FamilyRow
from kernelagent.contract.codec import to_json
from kernelagent.contract.events import Event, StageFinished
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver import pipeline
from kernelagent.driver.batch.family import family_of
from kernelagent.driver.batch.journal import Journal
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.run_directory import disk_error
from kernelagent.driver.target import Target, read_source
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

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
    cancel: CancelToken | None = None,
) -> BatchSummary:
    """Fuse ``targets``, ``jobs`` at a time; those that ``folder`` has an answer to, under the same source, options and
    version, are not done again (with ``retry``: only the verified ones are not).

    Raises ``DiskFull`` or ``FolderNotWritable``; a problem's own error is its entry. When ``cancel`` is set, the
    problems under way end, and the summary has what was answered before.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise disk_error(exc, folder) from exc
    token = cancel or CancelToken()
    journal = Journal(folder)
    known = journal.read()
    tell = on_entry or _ignore
    answered: dict[str, BatchEntry] = {}
    waiting: list[tuple[Target, str]] = []
    for target in targets:
        key = _key(target, options)
        entry = known.get(str(target))
        if entry is not None and entry.key == key and (entry.status in ("verified", "unverified") or not retry):
            answered[entry.target] = entry
        else:
            waiting.append((target, key))

    def one(target: Target, key: str) -> BatchEntry:
        return _fuse(target, key, options, folder=folder, pool=pool, cancel=token)

    with ThreadPoolExecutor(jobs, thread_name_prefix="kernelagent-batch") as executor:
        running: set[Future[BatchEntry]] = set()
        while (waiting and not token.cancelled) or running:
            while waiting and len(running) < jobs and not token.cancelled:
                running.add(executor.submit(one, *waiting.pop(0)))
            done, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                entry = future.result()
                if entry.status == "cancelled":
                    continue
                try:
                    journal.add(entry)
                except OSError as exc:
                    token.cancel()
                    raise disk_error(exc, folder) from exc
                answered[entry.target] = entry
                tell(entry, len(answered), len(targets))
    order = {str(target): i for i, target in enumerate(targets)}
    return summarize(folder, len(targets), sorted(answered.values(), key=lambda entry: order[entry.target]))


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
        listed,
    )


def _fuse(
    target: Target, key: str, options: Options, *, folder: Path, pool: WorkerPool, cancel: CancelToken
) -> BatchEntry:
    stages: dict[str, float] = {}
    lock = threading.Lock()

    def listen(event: Event) -> None:
        if isinstance(event, StageFinished):
            with lock:
                stages[event.stage] = round(event.elapsed_s, 3)

    run_dir = folder / _folder_name(target)
    result = pipeline.fuse(target, replace(options, run_dir=str(run_dir)), pool=pool, on_event=listen, cancel=cancel)
    operators = [operator for subgraph in result.subgraphs for operator in subgraph.ops]
    return BatchEntry(
        target=str(target),
        status=result.status,
        family=family_of(operators),
        reason="" if result.status == "verified" else _reason(result),
        elapsed_s=round(result.elapsed_s, 3),
        stages=stages,
        kernels=_kernels(result),
        run_dir=run_dir.name,
        key=key,
    )


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


def _key(target: Target, options: Options) -> str:
    """Digest of what an answer depends on; of a file that cannot be read, what is said of it."""
    try:
        source = read_source(target).sha256
    except KernelAgentError as exc:
        source = exc.message
    said = [__version__, str(target), source, to_json(replace(options, run_dir=None, output=None))]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _folder_name(target: Target) -> str:
    """Speaks, and is the target's own: files of one name lie in different folders."""
    stem = re.sub(r"\W+", "_", f"{target.file.stem}_{target.class_name or ''}").strip("_")[:60]
    return f"{stem}-{hashlib.sha256(str(target).encode()).hexdigest()[:8]}"


def _ignore(entry: BatchEntry, done: int, total: int) -> None:
    """The reader when nobody watches."""
