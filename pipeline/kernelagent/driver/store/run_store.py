"""Questions about the runs of a folder, answered from the index after a look at what has changed.

A folder of up to :data:`SMALL` runs is looked at whole each time. In a larger one new and deleted directories are
noticed by the folder's own time, runs that have not ended by a look at each of them, and whatever is about to be shown
by a look at that; what a run that goes on again changes in an old directory, it tells itself (``told.py``).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from kernelagent.driver.store.from_disk import read_row, signature
from kernelagent.driver.store.index import Index
from kernelagent.driver.store.run_row import STATES, RunRow, State

SMALL = 2000
AT_A_TIME = 500
"""Rows of one transaction."""
SETTLED_NS = 2_000_000_000
"""A folder whose time is younger may change once more without its time telling."""

_SPECIAL = re.compile(r"[%_\\]")
"""In SQL's patterns."""


@dataclass(frozen=True)
class Wanted:
    """Which runs to list."""

    states: tuple[State, ...] = ()
    """Empty: all."""
    target: str = ""
    """A part of it, in whatever case."""
    since: str = ""
    """``20261128-230518``, or the beginning of it."""


class RunStore:
    """Opened for one command or one question, and closed after it."""

    def __init__(self, runs: Path, *, is_made: bool | None = None) -> None:
        """``is_made``: see :class:`Index`."""
        self.runs = runs
        self.warnings: list[str] = []
        """What there is to say of the folder: a damaged index, links among the runs."""
        self._index = Index(runs, self.warnings.append, is_made=is_made)

    def __enter__(self) -> RunStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.close()

    @property
    def on_disk(self) -> bool:
        return self._index.on_disk

    def refresh(self) -> None:
        """Take in what has changed since the last look, whoever did it."""
        try:
            changed_ns = os.stat(self.runs).st_mtime_ns
        except OSError:
            self._index.change((), self._known())
            return
        seen = dict(self._index.ask("SELECT what, value FROM seen"))
        if seen.get("mtime_ns") == changed_ns and seen.get("count", 0) > SMALL:
            self._look_again(self._index.rows("WHERE state = 'begun'"))
            if not self._index.is_lost:
                return
        self._look_through(changed_ns)
        if self._index.is_lost:  # on the way: what was taken in before that is missing
            self._index.is_lost = False
            self._look_through(changed_ns)

    def newest(self, wanted: Wanted, limit: int | None = None) -> Iterator[RunRow]:
        """The newest first, each as its directory says now."""
        found = 0
        after: tuple[str, str] | None = None
        while limit is None or found < limit:
            where, values = _condition(wanted, after)
            page = AT_A_TIME if limit is None else limit - found
            rows = self._rows(f"{where} ORDER BY started DESC, name DESC LIMIT ?", (*values, page))
            if not rows:
                return
            after = rows[-1].started, rows[-1].name
            for _, now in self._now(rows):
                if now is not None and (not wanted.states or now.state in wanted.states):
                    found += 1
                    yield now

    def count(self, wanted: Wanted) -> int:
        where, values = _condition(wanted, None)
        return int(self._index.ask(f"SELECT count(*) FROM runs {where}", values)[0][0])

    def beginning_with(self, prefix: str, most: int = 6) -> list[RunRow]:
        """Runs whose id begins so, by their ids."""
        where = "WHERE name >= ? AND name < ? ORDER BY name LIMIT ?"
        rows = self._rows(where, (_text(prefix), f"{_text(prefix)}\U0010ffff", most))
        return [now for _, now in self._now(rows) if now is not None]

    def of_class(self, file: str, class_name: str, most: int, states: Sequence[State] = STATES) -> list[RunRow]:
        """Runs of a class of the file with this real path that are in one of ``states``, the last one that ended
        first."""
        marks = ", ".join("?" * len(states))
        where = f"WHERE file = ? AND class_name = ? AND state IN ({marks}) ORDER BY mtime_ns DESC LIMIT ?"
        rows = self._rows(where, (_text(file), class_name, *states, most))
        return [now for _, now in self._now(rows) if now is not None]

    def answering(self, key: str, most: int = 5) -> list[RunRow]:
        """Runs that say of themselves that they answer the request ``key``, the newest first."""
        rows = self._rows("WHERE answer = ? AND answer != '' ORDER BY started DESC LIMIT ?", (key, most))
        return [now for _, now in self._now(rows) if now is not None and now.answer == key]

    def take(self, names: Iterable[str]) -> None:
        """Read these directories anew."""
        rows, gone = [], []
        for name in names:
            row = read_row(self.runs / name)
            if row is None:
                gone.append(name)
            else:
                rows.append(row)
        if rows or gone:
            self._index.change(rows, gone)

    def _known(self) -> set[str]:
        ((names,),) = self._index.ask("SELECT group_concat(name, '/') FROM runs")  # a tenth of the time of as many rows
        return set(names.split("/")) if names else set()

    def _rows(self, where: str, values: Sequence[Any]) -> list[RunRow]:
        rows = self._index.rows(where, values)
        if self._index.is_lost:
            self.refresh()
            rows = self._index.rows(where, values)
        return rows

    def _look_through(self, changed_ns: int) -> None:
        looked_ns = time.time_ns()
        try:
            there = set(os.listdir(self.runs))
        except OSError:
            there = set()
        known = self._known()
        gone = known - there
        new = self._directories(there - known)
        count = len(known) - len(gone) + len(new)
        if count <= SMALL:
            self._look_at_all()
        else:
            self._index.change((), gone)
            self._look_again(self._index.rows("WHERE state = 'begun'"))
        for at in range(0, len(new), AT_A_TIME):
            self.take(new[at : at + AT_A_TIME])
        settled = looked_ns - changed_ns > SETTLED_NS
        self._index.change((), (), {"mtime_ns": changed_ns if settled else -1, "count": count})

    def _look_at_all(self) -> None:
        """A page at a time: a server asks with each job, and thousands of rows are megabytes in each of its threads."""
        after = ""
        while rows := self._index.rows("WHERE name > ? ORDER BY name LIMIT ?", (after, AT_A_TIME)):
            after = rows[-1].name
            self._look_again(rows)

    def _directories(self, names: set[str]) -> list[str]:
        """Those of ``names`` that may be runs."""
        found = []
        for name in sorted(names):
            path = self.runs / name
            if name.startswith(".") or not path.is_dir():
                continue
            if path.is_symlink():
                if signature(path) is not None:
                    self.warnings.append(f"{path} is a symbolic link, and no run of this folder: it is left out.")
            elif _text(name) != name:
                self.warnings.append(f"{_text(str(path))} has a name that is no text: it is left out.")
            else:
                found.append(name)
        return found

    def _look_again(self, rows: Iterable[RunRow]) -> None:
        for _ in self._now(list(rows)):
            pass

    def _now(self, rows: list[RunRow]) -> list[tuple[RunRow, RunRow | None]]:
        """Each row with what its directory says now; the index learns of the differences."""
        found: list[tuple[RunRow, RunRow | None]] = []
        changed: list[RunRow] = []
        gone: list[str] = []
        for row in rows:
            folder, now = self.runs / row.name, row
            if not _is_name(row.name) or folder.is_symlink():
                gone.append(row.name)
                found.append((row, None))
                continue
            told = signature(folder)
            if told is None or told[1:] != (row.mtime_ns, row.size):
                read = read_row(folder)
                if read is None:
                    gone.append(row.name)
                    found.append((row, None))
                    continue
                changed.append(read)
                now = read
            found.append((row, now))
        if changed or gone:
            self._index.change(changed, gone)
        return found


def _condition(wanted: Wanted, after: tuple[str, str] | None) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if wanted.states:
        parts.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        values += wanted.states
    if wanted.target:
        parts.append("target LIKE ? ESCAPE '\\'")
        values.append(f"%{_SPECIAL.sub(_escaped, _text(wanted.target))}%")
    if wanted.since:
        parts.append("started >= ?")
        values.append(wanted.since)
    if after is not None:
        parts.append("(started, name) < (?, ?)")
        values += after
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), values


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found[0]


def _text(text: str) -> str:
    """As SQLite can hold it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_name(name: str) -> bool:
    """Of a directory right here: the index may have come with a repository."""
    return bool(name) and name not in (".", "..") and not {"/", "\\", "\0"} & set(name)
