"""A run as its directory tells it: what was said of it, how it ended, and the files that are worth a look."""

from __future__ import annotations

import os
import stat
import typing
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import conform, parse_json, read_json
from kernelagent.contract.events import Event
from kernelagent.contract.result import Result
from kernelagent.contract.session import SessionResult
from kernelagent.driver.printable import printable
from kernelagent.driver.run_directory import RUN_OF_SESSION, RunDirectory
from kernelagent.driver.run_lock import is_going
from kernelagent.driver.store.from_disk import RESULT, SESSION_RESULT, signature
from kernelagent.errors import TargetNotFound

MOST_EVENTS_BYTES = 16 << 20
_KINDS = {member.kind for member in typing.get_args(Event)}


@dataclass(frozen=True)
class Past:
    folder: Path
    """Of the run or the session."""
    run: RunDirectory
    """The run itself."""
    events: tuple[Event, ...]
    result: Result | None
    """``None``: it goes on, or did not end, or its result cannot be read."""
    session: SessionResult | None
    unreadable: str = ""
    """What is wrong with its result."""


def folder_named(runs: Path, name: str) -> Path:
    """Of a run right in ``runs``: a page can name no other folder. Raises ``TargetNotFound``."""
    folder = runs / name
    plain = bool(name) and not {"/", "\\", "\0", ":"} & set(name) and not name.startswith(".")
    try:
        if plain and stat.S_ISDIR(os.lstat(folder).st_mode) and signature(folder) is not None:
            return folder
    except (OSError, ValueError):
        pass
    raise TargetNotFound(
        f"there is no run {printable(name)[:100]!r}.", hint="It may have been deleted: refresh the list."
    )


def read_past(folder: Path) -> Past:
    """Whatever of it can be read."""
    run = RunDirectory(folder / RUN_OF_SESSION if (folder / RUN_OF_SESSION).is_dir() else folder)
    unreadable = ""
    result = session = None
    try:
        if run.result.is_file():
            found = printable(read_json(run.path / RESULT, Result))
            result = replace(found, artifacts={**found.artifacts, "run_dir": str(run.path)})  # it may have been moved
        if (folder / SESSION_RESULT).is_file():
            session = printable(read_json(folder / SESSION_RESULT, SessionResult))
    except (OSError, ValueError) as exc:
        unreadable = printable(str(exc))
    return Past(folder, run, read_events(run.events), result, session, unreadable)


def goes_on(past: Past) -> bool:
    """Whether somebody is at work there now, on the run or on what a session does beside it."""
    return is_going(past.folder) or is_going(past.run.path)


def read_events(file: Path) -> tuple[Event, ...]:
    """Those that are whole: the last line may be half written, and another release may have had others."""
    found: list[Event] = []
    try:
        with file.open("rb") as stream:
            text = stream.read(MOST_EVENTS_BYTES)
    except OSError:
        return ()
    for line in text.splitlines():
        try:
            told = parse_json(line)
            if isinstance(told, dict) and told.get("kind") in _KINDS:
                found.append(conform(Event, told))
        except ValueError:
            continue
    return tuple(found)
