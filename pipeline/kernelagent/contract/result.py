"""``result.json``: what ``fuse --json`` prints. Field names are public. Paths are relative to the run directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.compute import Compute
from kernelagent.contract.route import Route
from kernelagent.contract.verdict import Verification

SCHEMA = 1


@dataclass(frozen=True)
class SubgraphResult:
    id: str
    ops: tuple[str, ...]
    inputs: tuple[str, ...]
    """``"x: float32[s0, 64]"``"""
    outputs: tuple[str, ...]
    synthesizer: str
    status: Literal["verified", "failed", "cancelled", "unverified"]


@dataclass(frozen=True)
class EntryPoints:
    function: str | None
    """always ``kernel_function`` where there is one"""
    module: str | None
    """``<Class>Triton`` or ``ModelNew``"""


@dataclass(frozen=True)
class Cost:
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    estimated: bool = False
    """Some tokens were reckoned from the text that was sent and received, where the API told nothing."""
    recorded: bool = False
    """What the replies of an earlier run cost then: this one replays them, and has paid nothing."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            round(self.usd + other.usd, 6),
            self.estimated or other.estimated,
            self.recorded or other.recorded,
        )


@dataclass(frozen=True)
class ErrorInfo:
    code: str
    """Name of the error's class in :mod:`kernelagent.errors`, and the anchor in docs/errors.md"""
    message: str
    hint: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Result:
    run_id: str
    status: Literal["verified", "failed", "cancelled", "unverified"]
    """``unverified``: finished, and not judged because ``--no-verify`` was given"""
    target: str
    route: Route | None
    subgraphs: tuple[SubgraphResult, ...]
    kernel: str | None
    entry_points: EntryPoints | None
    verification: Verification | None
    benchmark: Benchmark | None
    cost: Cost
    elapsed_s: float
    compute: Compute | None = None
    """With ``--compute best``: what was measured and chosen."""
    artifacts: dict[str, str] = field(default_factory=dict)
    error: ErrorInfo | None = None
    cached: str = ""
    """The run that made and judged this kernel for the same request before; empty: this one did."""
    schema: int = SCHEMA
