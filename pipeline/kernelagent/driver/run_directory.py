"""The run directory: where it is made, and the names of what is in it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from kernelagent.driver.links import require_no_links
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_lock import LOCK, RunLock, is_going
from kernelagent.driver.target import require_text
from kernelagent.errors import BadOption, DiskFull, FolderNotWritable, KernelAgentError

RUNS_FOLDER = ".fuse"
DECISION = "decision.json"
COST = "cost.json"
WINNER = "winner.json"
ANSWER = "answer.json"
"""Which request a verified run answers, sealed (driver/store/answers.py)."""
SESSION = "session.json"
"""What a session of ``TritonKernelAgent`` was asked for, in its folder."""
RUN_OF_SESSION = "run"
"""Its run directory."""
RECORDS = ("reply.json", "samples.json", "verdict.json", DECISION, COST, WINNER)
"""What a run that goes on takes from the directory; one that begins anew there must not find it."""

_OF_AN_ATTEMPT = ("prompt.md", "reply.md", "finding.txt", "unanswered.txt", "unusable.md", "kernel.py")
"""What is left in the folder of an attempt, beside its records."""

DISK_IS_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True)
class RunDirectory:
    """``.fuse/<run_id>/``. Every path in it that others rely on has its name here."""

    path: Path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def problem_copy(self) -> Path:
        return self.path / "problem.py"

    @property
    def problem(self) -> Path:
        return self.path / "problem.json"

    @property
    def read(self) -> Path:
        """What the module had imported and read when it could not be learned: in the form of ``problem``, which is
        not there then."""
        return self.path / "read.json"

    @property
    def graph(self) -> Path:
        return self.path / "graph.json"

    @property
    def request(self) -> Path:
        return self.path / "run.json"

    @property
    def decision(self) -> Path:
        """The router's, for a run that goes on."""
        return self.router / DECISION

    @property
    def router(self) -> Path:
        """The question for advice, and its answer."""
        return self.path / "router"

    @property
    def route(self) -> Path:
        return self.path / "route.json"

    @property
    def compute(self) -> Path:
        """What ``--compute best`` has measured and chosen."""
        return self.path / "compute.json"

    @property
    def subgraphs(self) -> Path:
        return self.path / "subgraphs.json"

    @property
    def cases(self) -> Path:
        """Inputs and results of a module that does not export, for comparing rewrites with."""
        return self.path / "orchestrator" / "cases"

    @property
    def fused(self) -> Path:
        return self.path / "orchestrator" / "fused.py"

    @property
    def kernels_summary(self) -> Path:
        return self.path / "kernels_out" / "summary.json"

    @property
    def composed_kernel(self) -> Path:
        return self.path / "compose_out" / "composed_kernel.py"

    @property
    def compose_summary(self) -> Path:
        return self.path / "compose_out" / "summary.json"

    @property
    def cost(self) -> Path:
        """Of all requests so far, those without an answer too, for a run that goes on."""
        return self.path / COST

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def error_log(self) -> Path:
        return self.path / "error.log"

    @property
    def result(self) -> Path:
        return self.path / "result.json"

    @property
    def report(self) -> Path:
        """For people; ``report.html`` beside it says the same."""
        return self.path / "report.md"

    def subgraph_problem(self, subgraph: str) -> Path:
        return self.path / "orchestrator" / f"{subgraph}.problem.json"

    def subgraph_graph(self, subgraph: str) -> Path:
        return self.path / "orchestrator" / f"{subgraph}.graph.json"

    def candidate(self, subgraph: str, synthesizer: str) -> Path:
        return self.path / "kernels_out" / subgraph / synthesizer / "kernel.py"

    def relative(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()

    def artifacts(self) -> dict[str, str]:
        """What is there now, by name; ``run_dir`` is the one absolute path."""
        named = {
            "problem": self.problem_copy,
            "graph": self.graph,
            "route": self.route,
            "fused": self.fused,
            "subgraphs": self.subgraphs,
            "compute_choices": self.compute,
            "kernels": self.kernels_summary,
            "kernel": self.composed_kernel,
            "compose": self.compose_summary,
            "events": self.events,
            "error_log": self.error_log,
            "report": self.report,
        }
        found = {name: self.relative(path) for name, path in named.items() if path.exists()}
        return {"run_dir": str(self.path), **found}


def create_run_directory(
    file: Path, class_name: str, chosen: str | None, *, goes_on: bool = False
) -> tuple[RunDirectory, RunLock]:
    """Make the run directory: ``chosen`` itself, or a new folder in ``.fuse`` of the project around ``file``; what a
    run that ``goes_on`` has recorded in it is kept. The lock is held until the caller releases it.

    Raises ``FolderNotWritable``, ``DiskFull``, ``TargetNotFound`` for a path that is no text, ``BadOption`` when
    ``chosen`` holds something else or a symbolic link, and ``StillGoing`` when a run is at work in it.
    """
    if chosen is not None:
        try:
            path = Path(chosen).expanduser().absolute()
        except RuntimeError as exc:
            raise BadOption(f"--run-dir {chosen}: there is no such home folder.", hint="Write the path out.") from exc
        except ValueError as exc:
            raise BadOption(f"--run-dir {chosen!r} is no path: {exc}.", hint="Name a folder.") from exc
        if path.is_file():
            raise BadOption(f"--run-dir {chosen} is a file.", hint="Name a folder; it is created if it is not there.")
        others = path.is_dir() and any(inside.name != LOCK for inside in path.iterdir())
        if others and not (path / "events.jsonl").exists() and not is_going(path):
            raise BadOption(
                f"--run-dir {chosen} is not empty and is not a run directory.", hint="Name a new or an empty folder."
            )
    else:
        path = project_root(file) / RUNS_FOLDER / new_run_id(class_name)
    require_text(path)
    require_no_links(path)
    try:
        if chosen is None:
            runs_folder(file)
        path.mkdir(parents=True, exist_ok=True)
        lock = RunLock(path)
    except OSError as exc:
        raise disk_error(exc, path) from exc
    try:
        _clear(path, goes_on)
    except BaseException:
        lock.release()
        raise
    return RunDirectory(path), lock


def _clear(path: Path, goes_on: bool) -> None:
    """Remove what an earlier run has left and this one writes anew."""
    try:
        if not goes_on:
            (path / "events.jsonl").write_bytes(b"")
            for name in RECORDS:
                for stale in path.rglob(name):
                    stale.unlink()
            _clear_attempts(path)
        for name in ("result.json", "error.log", "problem.json", ANSWER):
            (path / name).unlink(missing_ok=True)
    except OSError as exc:
        raise disk_error(exc, path) from exc
    if not os.access(path, os.W_OK):
        raise FolderNotWritable(f"{path} cannot be written to.")


def _clear_attempts(path: Path) -> None:
    """Remove what a model was asked and answered in an earlier run, which would be told as this run's; a file that is
    not this program's stays, and the folders around it."""
    for attempt in sorted(path.rglob("attempt_*"), reverse=True):
        for name in _OF_AN_ATTEMPT:
            for stale in (attempt / name, *attempt.glob(f"sample_*/{name}")):
                stale.unlink(missing_ok=True)
        for judged in (attempt / "judge", *attempt.glob("sample_*/judge")):
            shutil.rmtree(judged, ignore_errors=True)
        for folder in (*attempt.glob("sample_*"), attempt, *attempt.relative_to(path).parents):
            place = path / folder
            if place != path and place.is_dir() and not any(place.iterdir()):
                place.rmdir()


def runs_folder(file: Path) -> Path:
    """``.fuse`` of the project around ``file``, which is made, and which git does not see. Raises ``OSError``."""
    folder = project_root(file) / RUNS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as ignore:
        ignore.write("*\n")  # never through a link, to nothing either
    return folder


def new_run_id(class_name: str) -> str:
    """Sorts by time, says what it was, and is unique."""
    name = re.sub(r"[^a-z0-9]+", "-", class_name.lower()).strip("-") or "module"
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{name[:40]}-{secrets.token_hex(2)}"


HIGHER_LIMIT = "Raise that limit (ulimit -f unlimited) and run again; what was finished is kept."


def disk_error(exc: OSError, path: Path, option: str = "--run-dir") -> KernelAgentError:
    """The catalogue's error for a write that failed; ``option`` names another folder."""
    if exc.errno in DISK_IS_FULL:
        return DiskFull(f"the disk is full: {path} could not be written.")
    if exc.errno == errno.EFBIG:
        message = f"a limit on the size of files is reached (ulimit -f): {path} could not be written."
        return DiskFull(message, hint=HIGHER_LIMIT)
    hint = f"Let it be written to, or pass {option} with another folder where the command has that option."
    return FolderNotWritable(f"{path} cannot be written: {exc.strerror or exc}.", hint=hint)
