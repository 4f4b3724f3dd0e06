"""What ``kernelagent batch`` says of many problems, in ``results.jsonl`` and ``--json``. Field names are public."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class BatchEntry:
    """One problem's answer, a line of ``results.jsonl``."""

    target: str
    status: Literal["verified", "failed", "cancelled", "unverified"]
    family: str
    """What its graph is mainly made of (driver/batch/family.py); ``"not captured"`` when there was no graph."""
    reason: str
    """Of a miss: the class of the error, or the checks that failed, with the first words of the message."""
    elapsed_s: float
    stages: dict[str, float]
    """Seconds of each stage that ended."""
    kernels: int
    """``@triton.jit`` kernels that were compiled for the first architecture."""
    run_dir: str
    """Relative to the batch's folder."""
    key: str
    """Digest of source, options and version: the same key need not be computed again."""


@dataclass(frozen=True)
class FamilyRow:
    family: str
    problems: int
    verified: int
    median_s: float
    longest_s: float


@dataclass(frozen=True)
class BatchSummary:
    folder: str
    problems: int
    """How many were asked for; ``entries`` has fewer when the batch was cancelled."""
    verified: int
    median_s: float
    """Of a problem, the time that it took when it was computed."""
    families: tuple[FamilyRow, ...]
    entries: tuple[BatchEntry, ...] = field(default=())
