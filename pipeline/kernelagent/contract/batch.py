"""What ``kernelagent batch`` says of many problems, in ``results.jsonl`` and ``--json``. Field names are public."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kernelagent.contract.problem import DataFile, ImportedFile, InstalledPackage
from kernelagent.contract.result import Cost


@dataclass(frozen=True)
class Speed:
    """Medians of a verified kernel's times, in milliseconds."""

    device: str
    kernel_ms: float
    eager_ms: float
    compile_ms: float | None = None
    """``None`` where ``torch.compile`` failed."""

    @property
    def over_eager(self) -> float:
        return self.eager_ms / self.kernel_ms

    @property
    def over_compile(self) -> float | None:
        return None if self.compile_ms is None else self.compile_ms / self.kernel_ms


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
    packages: tuple[InstalledPackage, ...] = ()
    kernel_sha256: str = ""
    """Of the composed file; empty without one."""
    author: str = ""
    """The language model that could be asked: a miss may be none with another."""
    speed: Speed | None = None
    """Where there was a GPU to measure on."""
    retries: int = 0
    """How often it was begun again because the machine or the worker that had it was lost."""
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
class Cause:
    """Misses for one reason."""

    reason: str
    """The error's code, or the checks that failed, with the first words; ``…`` stands for what differs."""
    targets: tuple[str, ...]


@dataclass(frozen=True)
class FastP:
    """KernelBench's fast_p: the share of all problems whose kernel is right and more than ``p`` times as fast."""

    p: float
    eager: float
    compiled: float
    """The same against ``torch.compile``."""


@dataclass(frozen=True)
class BatchSummary:
    folder: str
    problems: int
    """How many were asked for; ``entries`` has fewer when the batch was cancelled."""
    verified: int
    median_s: float
    """Of a problem, the time that it took when it was computed."""
    families: tuple[FamilyRow, ...]
    p90_s: float = 0.0
    longest_s: float = 0.0
    causes: tuple[Cause, ...] = ()
    """Of what is not verified, the most frequent first."""
    fast_p: tuple[FastP, ...] = ()
    """Empty where nothing was measured."""
    cost: Cost = field(default=Cost())
    """Of all ``entries``, whenever they were computed."""
    spent: Cost = field(default=Cost())
    """By this command: also for problems that it did not come to an end with."""
    entries: tuple[BatchEntry, ...] = field(default=())


@dataclass(frozen=True)
class Turned:
    """A problem whose status is another one now."""

    target: str
    old: str
    new: str
    reason: str
    """Of the miss, on whichever side it is."""


@dataclass(frozen=True)
class Change:
    """A figure of a problem that both batches have verified."""

    target: str
    what: Literal["time", "kernel", "speed-up"]
    old: float
    new: float
    unit: Literal["s", "ms", "x eager"]


@dataclass(frozen=True)
class BatchComparison:
    """What ``kernelagent batch diff`` tells."""

    newly_failing: tuple[Turned, ...]
    newly_verified: tuple[Turned, ...]
    slower: tuple[Change, ...]
    """Beyond noise: the time to fuse, the kernel on the same device, or its speed-up over eager there."""
    faster: tuple[Change, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    in_both: int

    @property
    def has_regressed(self) -> bool:
        """A kernel was lost, or is slower where it runs. How long fusing takes is told, and is no regression."""
        return bool(self.newly_failing) or any(change.what != "time" for change in self.slower)
