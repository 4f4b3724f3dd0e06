"""What standard output takes: every character, until its reader (head, less) has seen enough, or the disk that it leads
to is full."""

from __future__ import annotations

import os
import sys

from kernelagent.driver.run_directory import DISK_IS_FULL
from kernelagent.driver.standard_streams import open_closed_streams
from kernelagent.errors import DiskFull


def take_all_characters() -> None:
    """An ASCII terminal, a path that is no text, or a stream that is closed must not end a run."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def has_ended(exc: OSError) -> bool:
    """``exc`` is of a write to a stream, and not of a file, which it would name."""
    return isinstance(exc, BrokenPipeError) or (exc.errno in DISK_IS_FULL and exc.filename is None)


def status_at_end(exc: OSError) -> int:
    """The exit status after such an error, which stderr names where it is no reader's wish. From then on what is
    printed goes nowhere: the interpreter would fail at it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(exc, BrokenPipeError):
        error = DiskFull("what is printed could not be written: the disk is full.")
        print(f"{error.code}: {error.told}", file=sys.stderr)
    return DiskFull.exit_status
