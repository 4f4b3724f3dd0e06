"""What a stage's command is given must be of one run: that knows its problem and its kernels by itself, and nothing is
made of another file that is named beside it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from kernelagent.contract.codec import read_json
from kernelagent.driver import again
from kernelagent.driver.run_directory import RunDirectory
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.driver.target import Target, read_source
from kernelagent.errors import BadOption


def run_with(subgraphs: Path) -> Path:
    """The run directory whose ``subgraphs.json`` this is. Raises ``BadOption`` where it is a copy, or another file."""
    run = subgraphs.parent
    if (run / "run.json").is_file() and subgraphs == RunDirectory(run).subgraphs:
        return run
    raise BadOption(
        f"--subgraphs {subgraphs} is not the subgraphs.json of a run directory.",
        hint="Name what Fuser.subgraph_extractor has printed: a run is known by its whole directory.",
    )


@contextlib.contextmanager
def told_of_edits(run: Path) -> Iterator[None]:
    """Says on stderr when ``subgraphs.json``, which is derived from the module each time, was something else before."""
    file = RunDirectory(run).subgraphs
    before = file.read_bytes()
    yield
    if file.is_file() and file.read_bytes() != before:
        print(
            f"warning: {file} was not what the run had derived from the module; it was derived again, and nothing of "
            "what was there is used.",
            file=sys.stderr,
        )


def require_problem(run: Path, problem: Path) -> None:
    """Raises ``BadOption`` where ``problem`` is neither the file that the run was begun with nor has its text, and
    ``TargetNotFound`` where it cannot be read."""
    past = again.find_run(run.parent, str(run))
    begun_with = Path(past.request.file)
    if problem.resolve() == begun_with.resolve():
        return
    if read_source(Target(problem, None)).text != past.folder.problem_copy.read_text(encoding="utf-8"):
        raise BadOption(
            f"--problem {problem} is another module than that of the run {run.name}, which is about {begun_with}.",
            hint="Name that file, or give --subgraphs of a run that was begun with this one.",
        )


def require_summary(run: Path, summary: Path) -> None:
    """Raises ``BadOption`` where ``summary`` is neither that of the run nor a copy, or lies beside other kernels."""
    folder = RunDirectory(run)
    hint = "Name what Fuser.dispatch_kernel_agent has printed for this run."
    try:
        own = read_json(folder.kernels_summary, KernelsSummary)
    except (OSError, ValueError) as exc:
        raise BadOption(f"the run {run.name} has no kernels yet: {exc}.", hint=hint) from exc
    try:
        given = read_json(summary, KernelsSummary)
    except (OSError, ValueError) as exc:
        raise BadOption(f"--kernels-summary {summary} is no kernels summary: {exc}.", hint=hint) from exc
    if given != own:
        raise BadOption(f"--kernels-summary {summary} is not that of the run {run.name}.", hint=hint)
    for path in map(Path, own.kernels.values()):
        beside = summary.parent / path.relative_to(path.parts[0])
        if beside.is_file() and (run / path).is_file() and beside.read_bytes() != (run / path).read_bytes():
            raise BadOption(f"{beside} is another kernel than that of the run {run.name}, which is what is composed.")
