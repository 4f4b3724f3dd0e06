"""Verdicts held against the files that they hang on: the kernel's own, and what their modules import, read and use of
what is installed.

Looked at when a verdict is shown, when any document is opened or saved, and when the client tells of a file: on a
thread, and read again only where the file system says that something is no more as it was.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent_lsp.jobs.job import Fused, Job, Judged

if TYPE_CHECKING:
    from kernelagent.driver.dependencies import Files

    from kernelagent_lsp.server import Server

_Signature = tuple[tuple[int, int, int, int] | None, ...]


@dataclass(frozen=True)
class _Known:
    """What one job's verdict hangs on, and how that was at the last look."""

    files: Files
    kernel: Path | None
    """The file, beside the module's, that holds the kernel which was judged."""
    signature: _Signature
    why: str
    """What has changed since, as a sentence without its end; empty where nothing has."""


class DependencyDesk:
    """Lives on the event loop's thread; reading and hashing happen on another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[str, _Known] = {}
        self._is_looking = False
        self._is_asked = False

    def look(self) -> None:
        """Find out for every verdict that is shown, and tell. Returns at once; what is asked for meanwhile is one more
        look."""
        self._is_asked = True
        if not self._is_looking:
            self._is_looking = True
            self._server.follow_ups.start(self._look())

    async def examine(self, jobs: Sequence[Job]) -> None:
        """Find out for ``jobs``, shown or not yet."""
        held = await asyncio.to_thread(_held, tuple(jobs), dict(self._known))
        self._known.update(held)
        self._server.diagnostics.doubt({job_id: known.why for job_id, known in held.items()})

    async def _look(self) -> None:
        try:
            while self._is_asked:
                self._is_asked = False
                shown = [self._server.jobs.get(job_id) for job_id in self._server.diagnostics.job_ids()]
                jobs = [job for job in shown if job is not None]
                self._known = {job.id: self._known[job.id] for job in jobs if job.id in self._known}
                await self.examine(jobs)
        finally:
            self._is_looking = False


def _held(jobs: tuple[Job, ...], known: Mapping[str, _Known]) -> dict[str, _Known]:
    found = {}
    for job in jobs:
        files = known[job.id].files if job.id in known else _files(job)
        if files is None:
            continue
        source, kernel = Path(job.asked.path), _kernel_file(job)
        # Before the look: what changes during it is seen at the next.
        signature = (_stat(kernel) if kernel is not None else None, *_signature(source, files))
        if job.id in known and (known[job.id].kernel, known[job.id].signature) == (kernel, signature):
            found[job.id] = known[job.id]
        else:
            why = _why_of_kernel(job, kernel) or _why(source, files)
            found[job.id] = _Known(files, kernel, signature, why)
    return found


def _kernel_file(job: Job) -> Path | None:
    """Where the kernel lies that was judged, if that is not the module's own file: of a fuse, where the class's file
    takes it from."""
    from kernelagent.static.wiring import wiring_of

    source = Path(job.asked.path)
    if isinstance(job.outcome, Judged):
        return job.outcome.kernel if job.outcome.kernel != source else None
    try:
        wiring = wiring_of(source.read_text(encoding="utf-8"), job.asked.class_name)
    except (OSError, ValueError, SyntaxError):
        return None
    return source.with_name(f"{wiring.module}.py") if wiring is not None and wiring.module else None


def _why_of_kernel(job: Job, kernel: Path | None) -> str:
    from kernelagent.static.provenance import without_provenance

    from kernelagent_lsp.edits.plan import same_text

    judged = job.outcome.kernel_text if isinstance(job.outcome, (Fused, Judged)) else None
    if kernel is None or judged is None:
        return ""
    try:
        text = kernel.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return f"{kernel.name} cannot be read"
    return "" if same_text(without_provenance(text), without_provenance(judged)) else f"{kernel.name} has changed since"


def _files(job: Job) -> Files | None:
    from kernelagent.driver.batch.standing import files_read
    from kernelagent.driver.dependencies import files_of

    if isinstance(job.outcome, Judged):
        return files_of(job.outcome.verification)
    return files_read(job.outcome.result, job.outcome.run_dir) if isinstance(job.outcome, Fused) else None


def _why(source: Path, files: Files) -> str:
    """The first thing that has changed, by its path from ``source``'s folder, and how many more have."""
    first, *more = files.changed(source) or [""]
    told = first.partition(": ")[0].removeprefix(f"{source.absolute().parent}{os.sep}")
    return f"{told}, and {len(more)} more" if more else told


def _signature(source: Path, files: Files) -> _Signature:
    """Another one where anything of ``files`` is another one: nothing of them is read for it."""
    from kernelagent.driver.dependencies import shadowing

    folder = source.absolute().parent
    imports = [folder / file.path for file in files.imports]
    others = [other for path in imports for other in shadowing(path)]
    names = [file.path for file in files.data] + [package.record for package in files.packages]
    return tuple(map(_stat, (*imports, *others, *(folder / name for name in names))))


def _stat(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
