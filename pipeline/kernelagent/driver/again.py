"""A run that goes on where it ended, and a run that is done again from its recorded replies."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import read_json
from kernelagent.contract.events import Event
from kernelagent.contract.result import Result
from kernelagent.contract.run_request import SCHEMA, RunRequest, moved
from kernelagent.driver import pipeline
from kernelagent.driver.agents.author import recorded_author
from kernelagent.driver.agents.conversation import RECORD, SAMPLES
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.dependencies import changed_since_capture
from kernelagent.driver.links import require_no_links
from kernelagent.driver.run_directory import DECISION, RUN_OF_SESSION, SESSION, WINNER, RunDirectory, new_run_id
from kernelagent.driver.store.find_folder import folder_of
from kernelagent.driver.target import Target, read_source
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import BadOption, TargetNotFound


@dataclass(frozen=True)
class PastRun:
    folder: RunDirectory
    request: RunRequest
    target: Target
    """With the text that the module had then, where the file has another now."""
    notes: tuple[str, ...] = ()
    """What a result of this run does not speak of."""
    outdated: tuple[str, ...] = ()
    """What has changed since of the files that the module imports and reads: recorded replies are about the older ones,
    and the judge uses those that are there now."""


def find_run(runs: Path, run_id: str) -> PastRun:
    """The run in the folder ``runs`` whose id begins with ``run_id``, or the run directory that ``run_id`` names; of a
    session its run.

    Raises ``TargetNotFound``, and ``BadOption`` where several begin so, it holds a symbolic link, its request cannot be
    read, or a session has not come to its run.
    """
    found = folder_of(runs, run_id)
    require_no_links(found)
    is_session = (found / SESSION).is_file()
    folder = RunDirectory(found / RUN_OF_SESSION if is_session else found)
    anew = "Start the session anew with generate_kernel." if is_session else "Start the run anew with fuse."
    if is_session and not folder.request.exists():
        raise BadOption(f"the session {found.name} ended before it had a module to make a kernel for.", hint=anew)
    reading = folder.request
    try:
        request = read_json(reading, RunRequest)
        reading = folder.problem_copy
        text = reading.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
        raise BadOption(f"{reading} cannot be read: {why}.", hint=anew) from exc
    if request.schema != SCHEMA:
        raise BadOption(f"{folder.request} was written by another version.", hint=anew)
    file = _file_of(request, folder)
    options = moved(request.options, Path(request.file), file)
    asks_anew = replace(options, yes=False)  # a run directory may have come with a repository
    now = Target(file, request.class_name, by_model=request.by_model)
    why = _changed_since(now, text)
    then = replace(now, text=text) if why else now
    notes = (f"{why}: this is about {folder.problem_copy}, its text when the run began.",) if why else ()
    outdated = tuple(changed_since_capture(folder.problem, now.file))
    return PastRun(folder, replace(request, file=str(file), options=asks_anew), then, notes, outdated)


def _file_of(request: RunRequest, folder: RunDirectory) -> Path:
    """The module's file: as seen from the run, for the project may have been moved or copied with it, and another may
    lie in the old place by now; where it was, when there is none."""
    beside = Path(os.path.normpath(folder.path / request.from_run)) if request.from_run else None
    return beside if beside is not None and beside.is_file() else Path(request.file)


def _changed_since(target: Target, text: str) -> str:
    """In words; empty while the file has the ``text``."""
    try:
        return "" if read_source(target).text == text else f"{target.file} has changed since the run began"
    except TargetNotFound as exc:
        return exc.message.rstrip(".")


def resume(
    past: PastRun,
    *,
    pool: WorkerPool,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    **changed: Any,
) -> Result:
    """Go on in the same directory: what was answered is not asked again. Everything else is made again from these
    answers, and judged: a directory may have come with a repository, and what the module imports may have changed.

    ``changed`` are options that are others now.
    """
    options = replace(past.request.options, run_dir=str(past.folder.path), **changed)
    return pipeline.fuse(
        past.target, options, pool=pool, on_event=on_event, cancel=cancel, memory="first", notes=past.notes
    )


def replay(
    past: PastRun,
    *,
    pool: WorkerPool,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
) -> Result:
    """Run again in a new directory beside it, from the recorded replies alone: nobody is asked; no key is needed."""
    beside = past.folder.path.parent
    runs = beside.parent if (beside / SESSION).is_file() else beside
    folder = runs / new_run_id(f"replay-{past.request.class_name}")
    for record in (file for name in (RECORD, SAMPLES, DECISION, WINNER) for file in past.folder.path.rglob(name)):
        copy = folder / record.relative_to(past.folder.path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(record, copy)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.jsonl").touch()
    options = replace(past.request.options, run_dir=str(folder), output=None)
    author = recorded_author(past.target.file, options, past.request.provider, past.request.model)
    if author is None:
        options = replace(options, provider="builtin", model=None)
    return pipeline.fuse(
        past.target,
        options,
        pool=pool,
        on_event=on_event,
        cancel=cancel,
        author=author,
        memory="only",
        notes=past.notes,
    )
