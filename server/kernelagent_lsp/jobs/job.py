"""A job: one piece of long work that a user asked for, and where it stands."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import KernelAgentError

from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.jobs.made_from import MadeFrom

Kind = Literal["fuse", "verify", "benchmark"]
State = Literal["waiting", "running", "cancelling", "verified", "done", "failed", "cancelled"]

ENDED: frozenset[State] = frozenset({"verified", "done", "failed", "cancelled"})


@dataclass(frozen=True)
class Asked:
    """What was asked for, as things stood when it was: the job never looks at the document again."""

    kind: Kind
    uri: str
    path: str
    class_name: str
    text: str
    """The buffer's text, saved or not."""
    settings: Settings


@dataclass(frozen=True)
class Fused:
    """A fuse that ran to its end, verified or not."""

    result: Result
    run_dir: Path
    kernel_text: str | None
    """The composed file, where there is one."""
    report: Path | None
    made_from: MadeFrom | None = None
    """The class as it was; ``None`` where it can't be read."""


@dataclass(frozen=True)
class Judged:
    """A kernel file that was judged."""

    verification: Verification
    kernel: Path
    kernel_text: str
    report: Path | None


@dataclass(frozen=True)
class Timed:
    """A kernel file that was timed."""

    benchmark: Benchmark
    report: Path | None


@dataclass(frozen=True)
class Refused:
    """Work that ended with an error of the catalogue."""

    error: KernelAgentError
    run_dir: Path | None
    report: Path | None


@dataclass(frozen=True)
class Placed:
    """Where a kernel was put, and what that file held then."""

    uri: str
    path: Path
    text: str
    entry: str
    """The kernel's module class."""


Outcome = Fused | Judged | Timed | Refused


@dataclass
class Job:
    """Read and written on the event loop's thread only; its thread speaks through messages."""

    id: str
    asked: Asked
    generation: int
    """Counts the jobs for one class; only the latest one's result is of interest."""
    token: CancelToken = field(default_factory=CancelToken)
    state: State = "waiting"
    stages: list[tuple[str, float]] = field(default_factory=list)
    """Each stage that was begun, and how many seconds into the job."""
    usd: float = 0.0
    run_dir: Path | None = None
    outcome: Outcome | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    applied: Placed | None = None
    is_discarded: bool = False
    """Whether the user wanted to hear no more of its kernel."""

    @property
    def is_over(self) -> bool:
        return self.state in ENDED

    @property
    def stage(self) -> str:
        """The one begun last."""
        return self.stages[-1][0] if self.stages else ""

    @property
    def elapsed_s(self) -> float:
        return (time.monotonic() if self.ended is None else self.ended) - self.started

    @property
    def report(self) -> Path | None:
        return None if self.outcome is None else self.outcome.report
