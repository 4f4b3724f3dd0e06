"""What applying a kernel would change, as texts to look at: nothing of the project is touched."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent_lsp.edits.apply import decorators_told, plans_of
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.plan import EditPlan, Impossible, with_newlines
from kernelagent_lsp.jobs.job import Fused, Job

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


@dataclass(frozen=True)
class Reviewed:
    uri: str
    before: Path
    after: Path


@dataclass(frozen=True)
class Review:
    diff: Path
    """Unified, of all files."""
    files: tuple[Reviewed, ...]


def review_of(server: Server, job: Job) -> Review | Impossible:
    """Written into a folder that goes when the server goes."""
    outcome = job.outcome
    if job.state != "verified" or not isinstance(outcome, Fused) or outcome.kernel_text is None:
        return Impossible("There is no verified kernel to review.")
    plans = plans_of(server, job, outcome)
    if isinstance(plans, Impossible):
        return plans
    folder = server.reports.new()
    if folder is None:
        return Impossible(f"There is no place for a review; the kernel is in {outcome.run_dir}.")
    try:
        return _written(server, job, plans, folder, decorators_told(job, outcome))
    except OSError as exc:
        return Impossible(f"{exc.filename} cannot be written: {exc.strerror}.")


def _written(server: Server, job: Job, plans: tuple[EditPlan, ...], folder: Path, note: str) -> Review:
    """``note``: what stands above the diff, where it is no part of it."""
    files, parts = [], [f"# {note}\n"] if note else []
    for number, plan in enumerate(plans):
        document = server.documents.get(plan.uri)
        now = document.text if document is not None else read_source(plan.path)
        pair = folder / str(number)
        before, after = pair / "before" / Path(plan.path).name, pair / "after" / Path(plan.path).name
        for path, text in ((before, now or ""), (after, plan.after)):
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8", newline="")
        files.append(Reviewed(plan.uri, before, after))
        parts += _unified(now, plan)
    diff = folder / f"{job.asked.class_name}.diff"
    diff.write_text("".join(parts), encoding="utf-8")
    return Review(diff, tuple(files))


def _unified(now: str | None, plan: EditPlan) -> list[str]:
    name = Path(plan.path).name
    old = "/dev/null" if now is None else f"a/{name}"
    one, other = (with_newlines(text, "\n").splitlines(keepends=True) for text in (now or "", plan.after))
    lines = difflib.unified_diff(one, other, old, f"b/{name}")
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
