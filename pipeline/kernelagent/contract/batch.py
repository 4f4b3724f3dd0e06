"""What ``kernelagent batch`` says of many problems, in ``results.jsonl`` and ``--json``. Field names are public."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kernelagent.contract.problem import DataFile, ImportedFile
from kernelagent.contract.result import Cost


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
    """Digest of source, options and versions: with the same key, and the files below as they were, it need not be
    computed again."""
    is_answer: bool = True
    """``False``: it failed for a reason that may be over, such as the network, and is tried again."""
    cost: Cost = field(default=Cost())
    """What models took for it."""
    imports: tuple[ImportedFile, ...] = ()
    """Files of the project that the module imports, and, as ``data``, that it reads."""
    data: tuple[DataFile, ...] = ()
    kernel_sha256: str = ""
    """Of the composed file; empty without one."""
    author: str = ""
    """The language model that could be asked: a miss may be none with another."""
    seal: str = ""
    """Of all the rest, by the user who computed it (driver/own_seal.py)."""


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
    cost: Cost = field(default=Cost())
    """Of all ``entries``, whenever they were computed."""
    spent: Cost = field(default=Cost())
    """By this command: also for problems that it did not come to an end with."""
    entries: tuple[BatchEntry, ...] = field(default=())
