"""A session of ``TritonKernelAgent``: ``session.json``, what it was asked for, written before anything else, so that it
can go on; and ``session_result.json``, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost, ErrorInfo

SCHEMA = 1


@dataclass(frozen=True)
class SessionRequest:
    folder: str
    """Absolute path of the session then; it may have been moved since."""
    description: str
    """Words, or a module's source."""
    test_code: str | None
    """The caller's own test."""
    test_timeout_s: float
    options: Options
    file: str = ""
    """The module's own file, where it is not the session's ``problem.py``."""
    class_name: str = ""
    """Where a source has several modules."""
    schema: int = SCHEMA


SessionStatus = Literal["verified", "failed", "cancelled"]


@dataclass(frozen=True)
class SessionResult:
    run_id: str
    """Name of the session's folder."""
    status: SessionStatus
    """``verified``: by the judge, and the caller's test is content, where there is one."""
    target: str
    """The first line of the description."""
    message: str
    kernel: str | None = None
    """Path of the kernel, relative to the session."""
    rounds: int = 0
    worker_id: int = 0
    """Who wrote the kernel; 0: the built-in synthesizer."""
    cost: Cost = field(default_factory=Cost)
    elapsed_s: float = 0.0
    error: ErrorInfo | None = None
    """``None`` also where the judge accepts the kernel and the caller's test does not."""
    schema: int = SCHEMA
