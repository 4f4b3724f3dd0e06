"""Jobs of earlier server processes, as their run directories tell: status survives a restart.

When a document is opened, the newest finished run of each of its classes becomes that class's latest job, if no job of
this process has, and the newest verified one the kernel that stands: verdicts are shown, reports can be read, a kernel
that still waits can be applied, and a cancelled run is remembered as that. A later verdict on the kernel that lies in
the project, of "Verify again", is a job as well. What a verdict hangs on is compared before it is shown.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.contract.codec import from_json, parse_json
from kernelagent.contract.result import Result
from kernelagent.driver.report import REPORT
from kernelagent.driver.run_directory import RunDirectory
from kernelagent.driver.store.run_row import State
from kernelagent.driver.store.run_store import RunStore
from kernelagent.static.provenance import without_provenance
from kernelagent.static.wiring import unwired

from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.edits.kernel_place import KernelPlace, kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.plan import same_text, with_newlines
from kernelagent_lsp.jobs.job import Asked, Fused, Job, Placed
from kernelagent_lsp.jobs.made_from import made_from
from kernelagent_lsp.jobs.restored_verdict import any_verdicts, restored_verdict
from kernelagent_lsp.jobs.runs_place import runs_place
from kernelagent_lsp.uris import path_to_uri

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

MOST = 20
"""Runs of a class that are looked at, the newest first."""
FINISHED: tuple[State, ...] = ("verified", "failed", "unverified", "cancelled")


@dataclass(frozen=True)
class _Run:
    folder: RunDirectory
    class_name: str
    result: Result
    text: str
    kernel: str | None
    ended: float
    """Seconds since 1970."""


def restored_jobs(uri: str, path: str, classes: frozenset[str], settings: Settings) -> list[Job]:
    """Of each of ``classes`` of the file ``path`` that has finished runs: the newest that was verified, then the
    newest, if that is another one. Reads the disk: not for the loop."""
    runs = runs_place(path, settings)
    if not runs.is_dir():
        return []
    found: list[Job] = []
    texts: dict[str, str] = {}  # one object for equal ones: what is read off a text is read once
    with RunStore(runs, is_made=True) as store:
        store.refresh()
        for name in sorted(classes):
            verified = _newest(store, path, name, ("verified",))
            newest = _newest(store, path, name, FINISHED)
            both = [verified] if newest == verified else [verified, newest]
            for run in both:
                if run is not None:
                    one = dataclasses.replace(run, text=texts.setdefault(run.text, run.text))
                    found.append(_job(uri, path, one, settings))
    return found


def _newest(store: RunStore, path: str, name: str, states: tuple[State, ...]) -> _Run | None:
    rows = store.of_class(os.path.realpath(path), name, MOST, states)
    read = (_read(RunDirectory(store.runs / row.name), path) for row in rows)
    return next((run for run in read if run is not None and run.class_name == name), None)


def _read(folder: RunDirectory, path: str) -> _Run | None:
    """``None`` for an unfinished run, one of another file, and what is no run directory."""
    try:
        result = from_json(Result, parse_json(folder.result.read_bytes()))
        # One that was cancelled may not have come as far as its problem.
        about = folder.request if result.status == "cancelled" else folder.problem
        asked = parse_json(about.read_bytes())
        if not isinstance(asked, dict) or os.path.realpath(str(asked.get("file", ""))) != os.path.realpath(path):
            return None
        text = folder.problem_copy.read_bytes().decode("utf-8")
        kernel = None if result.kernel is None else (folder.path / result.kernel).read_text(encoding="utf-8")
        ended = folder.result.stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _Run(folder, str(asked.get("class_name", "")), result, text, kernel, ended)


def _job(uri: str, path: str, run: _Run, settings: Settings) -> Job:
    report = run.folder.path / REPORT
    page = report if report.is_file() else None
    ended = time.monotonic() - (time.time() - run.ended)
    return Job(
        id=run.folder.path.name,
        asked=Asked("fuse", uri, path, run.class_name, run.text, settings),
        generation=0,
        state="failed" if run.result.status == "unverified" else run.result.status,
        usd=run.result.cost.usd,
        run_dir=run.folder.path,
        outcome=Fused(run.result, run.folder.path, run.kernel, page, made_from(run.text, run.class_name)),
        started=ended - run.result.elapsed_s,
        ended=ended,
    )


async def restore(server: Server, uri: str, path: str, classes: frozenset[str]) -> None:
    """Bring back what is known of ``classes`` from before."""
    missing = frozenset(name for name in classes if server.jobs.latest(uri, name) is None)
    if not missing:
        return
    settings = server.settings_of(uri)
    jobs = await asyncio.to_thread(restored_jobs, uri, path, missing, settings)
    if await asyncio.to_thread(any_verdicts, path, settings):
        jobs += await _verdicts(server, uri, path, missing, settings)
    for job in jobs:
        document = server.documents.get(uri)
        if document is None:
            return
        if _plain(document.text) == _plain(job.asked.text):
            job.asked = dataclasses.replace(job.asked, text=document.text)
        place = kernel_place(Neighbours(server.documents), path, job.asked.class_name, document.text)
        if place is not None and isinstance(job.outcome, Fused) and _is_its(place, job.outcome):
            job.applied = Placed(path_to_uri(str(place.path)), place.path, place.text, place.entry)
    await server.dependencies.examine(jobs)
    for name in sorted(missing):
        of_class = sorted((job for job in jobs if job.asked.class_name == name), key=lambda job: job.ended or 0.0)
        if of_class and server.jobs.restore(of_class):
            for job in of_class:
                server.presenter.restored(job)


def _is_its(place: KernelPlace, outcome: Fused) -> bool:
    """Whether the kernel that lies there is the one that was composed; below its class, which has no text of its own
    there, whether it says that it was made from the same."""
    if place.is_inline:
        said = place.provenance
        return said is not None and outcome.made_from is not None and said.digits == outcome.made_from.digits
    return outcome.kernel_text is not None and same_text(without_provenance(place.text), outcome.kernel_text)


async def _verdicts(server: Server, uri: str, path: str, classes: frozenset[str], settings: Settings) -> list[Job]:
    """The last ones on the kernels of ``classes`` that lie there now."""
    found = []
    for name in sorted(classes):
        document = server.documents.get(uri)
        place = None if document is None else kernel_place(Neighbours(server.documents), path, name, document.text)
        if place is not None:
            about = (uri, path, name, place.file, settings, server.reports)
            found.append(await asyncio.to_thread(restored_verdict, *about))
    return [job for job in found if job is not None]


def _plain(text: str) -> str:
    """Without what comes and goes around a class: line ends, a byte order mark, what puts its kernel in its place."""
    return unwired(with_newlines(text.removeprefix("\ufeff"), "\n")).rstrip("\n")
