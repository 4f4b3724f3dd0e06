"""Progress as a stream of typed events: one closed union, read alike by command line, server and web page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Stage = Literal["load", "route", "extract", "dispatch", "compose", "verify", "benchmark"]

STAGES: tuple[Stage, ...] = ("load", "route", "extract", "dispatch", "compose", "verify", "benchmark")


@dataclass(frozen=True)
class RunStarted:
    kind: ClassVar[str] = "run_started"
    run_id: str
    target: str
    run_dir: str


@dataclass(frozen=True)
class StageStarted:
    kind: ClassVar[str] = "stage_started"
    stage: Stage
    message: str


@dataclass(frozen=True)
class StageProgress:
    kind: ClassVar[str] = "stage_progress"
    stage: Stage
    message: str
    done: int
    total: int


@dataclass(frozen=True)
class StageFinished:
    kind: ClassVar[str] = "stage_finished"
    stage: Stage
    message: str
    elapsed_s: float


@dataclass(frozen=True)
class CandidateJudged:
    kind: ClassVar[str] = "candidate_judged"
    subgraph: str
    synthesizer: str
    verdict: Literal["pass", "fail"]
    message: str


@dataclass(frozen=True)
class CheckFinished:
    kind: ClassVar[str] = "check_finished"
    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Heartbeat:
    """At least every 5 s while nothing else is said."""

    kind: ClassVar[str] = "heartbeat"
    stage: Stage
    elapsed_s: float
    usd: float
    """Paid in this run: nothing, where it replays another."""


@dataclass(frozen=True)
class CostChanged:
    """A model has answered: what the run has spent so far, and what it may spend."""

    kind: ClassVar[str] = "cost_changed"
    input_tokens: int
    output_tokens: int
    usd: float
    budget_usd: float | None = None
    budget_tokens: int | None = None
    recorded: bool = False
    """By the replies of an earlier run, which this one replays: nothing is paid now."""


@dataclass(frozen=True)
class CostRising:
    """Models are answering: what the run has spent, with what these have used up to now, reckoned from the text. About
    once a second for each."""

    kind: ClassVar[str] = "cost_rising"
    input_tokens: int
    output_tokens: int
    usd: float
    budget_usd: float | None = None
    budget_tokens: int | None = None


@dataclass(frozen=True)
class Warned:
    kind: ClassVar[str] = "warned"
    code: str
    message: str


@dataclass(frozen=True)
class AnsweredBefore:
    """The same request has an answer that still holds: it is given again, and nothing is made or judged."""

    kind: ClassVar[str] = "answered_before"
    run_id: str
    """Of the run that answered it."""
    message: str


@dataclass(frozen=True)
class RunFinished:
    kind: ClassVar[str] = "run_finished"
    status: Literal["verified", "failed", "cancelled", "unverified"]
    message: str
    elapsed_s: float


Event = (
    RunStarted
    | StageStarted
    | StageProgress
    | StageFinished
    | CandidateJudged
    | CheckFinished
    | Heartbeat
    | CostChanged
    | CostRising
    | Warned
    | AnsweredBefore
    | RunFinished
)
