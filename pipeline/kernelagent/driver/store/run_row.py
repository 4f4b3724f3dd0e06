"""What the index knows of one run or session: enough to list it and to find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["verified", "failed", "cancelled", "unverified", "begun", "unreadable"]
"""``begun``: without a result, so it goes on now or did not end. ``unreadable``: its result is no result."""

STATES: tuple[State, ...] = ("verified", "failed", "cancelled", "unverified", "begun", "unreadable")


@dataclass(frozen=True)
class RunRow:
    name: str
    """Of its directory, which is its id."""
    is_session: bool
    """One of ``TritonKernelAgent``'s, whose run lies inside of it."""
    state: State
    target: str
    """``file.py::Class``, or the first words of a session."""
    code: str
    """Of its error; of an unreadable result, what is wrong with it; else empty."""
    elapsed_s: float
    usd: float
    started: str
    """Local time, ``20261128-230518``: of its name where that begins so, else of its file."""
    mtime_ns: int
    """Of the file that tells how it ended, else of the one that says what was asked for."""
    size: int
    """Of the same file; with ``mtime_ns`` it shows that nothing has changed."""
    file: str
    """The module's file, resolved; empty where that is not known."""
    class_name: str
    answer: str
    """Key of the request that it answers (``answers.py``); empty where it answers none."""
