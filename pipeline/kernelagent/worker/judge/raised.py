"""What a candidate raised, in words, with its line."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from kernelagent.worker.judge.patience import NoProgress, Patience, was_left

MOST_CHARACTERS = 10_000
"""Of an exception's own words that are looked at."""
_SHOWN = 600
_LEFT = "it was left, since it takes longer in the interpreter than this case is given; smaller sizes, or --device cuda"

_IN_THE_MODULE = "; a condition on what is given belongs in the module as well, which takes these inputs"


@dataclass(frozen=True)
class Told:
    message: str
    line: int | None
    """Of the candidate's file (1-based)."""
    is_endless: bool
    """Its own words did not come to an end."""


def describe(exc: BaseException, doing: str, kernel: Path, patience: Patience) -> Told:
    """The innermost cause and the candidate's line, also through the interpreter's wrapping."""
    line, asserted, innermost = None, "", exc
    cause: BaseException | None = exc
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        for frame in traceback.extract_tb(cause.__traceback__):
            if frame.filename == str(kernel):
                line, asserted = frame.lineno, frame.line or ""
        innermost = cause
        cause = cause.__cause__
    if isinstance(exc, SyntaxError) and exc.filename == str(kernel):
        line = exc.lineno
    if was_left(exc):
        return Told(f"{doing}: {_LEFT}", line, False)
    is_endless = False
    try:
        with patience.during():  # they are made by the candidate's code, at its leisure
            words = " ".join(str(innermost)[:MOST_CHARACTERS].split())
    except BaseException as other:  # noqa: BLE001  it may raise anything, and what it is about is known already
        words, is_endless = "its own words cannot be had", isinstance(other, NoProgress)
    if not words and isinstance(innermost, AssertionError) and asserted.startswith("assert "):
        words = f"`{asserted}`{_IN_THE_MODULE}"
    return Told(f"{doing}: {type(innermost).__name__}: {words}"[:_SHOWN], line, is_endless)
