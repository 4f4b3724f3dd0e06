"""``.fuse/index.sqlite3``: opened, made anew where it can't be used, or done without, in memory.

The file may have been torn, written by another version, or come with a repository: nothing of it is believed that a
directory does not say, and nothing in it is needed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.driver.store.run_row import RunRow

NAME = "index.sqlite3"
VERSION = 1
"""Of the tables below; with another one the index is made anew."""
WAIT_MS = 1000
"""How long another process may hold the index before it is done without."""

_COLUMNS = tuple(field.name for field in fields(RunRow))
_TABLES = (
    "CREATE TABLE runs (name TEXT PRIMARY KEY, is_session INTEGER, state TEXT, target TEXT, code TEXT, elapsed_s REAL, "
    "usd REAL, started TEXT, mtime_ns INTEGER, size INTEGER, file TEXT, class_name TEXT, answer TEXT) WITHOUT ROWID",
    "CREATE INDEX by_time ON runs (started, name, target)",
    "CREATE INDEX by_state ON runs (state, started, name, target)",
    "CREATE INDEX by_class ON runs (file, class_name, mtime_ns)",
    "CREATE INDEX by_answer ON runs (answer, started) WHERE answer != ''",
    "CREATE TABLE seen (what TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID",
)

Say = Callable[[str], None]


class Index:
    """A connection that goes on in memory when the file refuses: a full disk, a lock that is held too long, a page
    that is torn. One thread at a time."""

    def __init__(self, runs: Path, say: Say, *, is_made: bool | None = None) -> None:
        """``say`` is told once why the file was made anew. ``is_made``: whether there may be a new file in ``runs``; by
        default in a folder ``.fuse`` alone."""
        self.path = runs / NAME
        self._say = say
        self._keeper: sqlite3.Connection | None = None
        may = runs.name == RUNS_FOLDER if is_made is None else is_made
        self.on_disk = False
        self.is_lost = False
        """What was in it is gone: whoever asks has to look at the directories first."""
        self._connection = self._opened(may) or _in_memory()

    def close(self) -> None:
        """The reader goes last: it can't take away ``-wal`` and ``-shm``, which would change the folder's time."""
        self._connection.close()
        if self._keeper is not None:
            self._keeper.close()

    def rows(self, where: str = "", values: Sequence[Any] = ()) -> list[RunRow]:
        """``where`` goes behind ``FROM runs``."""
        found = self.ask(f"SELECT {', '.join(_COLUMNS)} FROM runs {where}", values)
        return [RunRow(**{**dict(zip(_COLUMNS, row, strict=True)), "is_session": bool(row[1])}) for row in found]

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as exc:
            self._answer(exc)
            return self._connection.execute(query, values).fetchall()

    def change(self, rows: Iterable[RunRow], gone: Iterable[str], seen: dict[str, int] | None = None) -> None:
        """In one short transaction."""
        given, names = [astuple(row) for row in rows], [(name,) for name in gone]
        marks = list((seen or {}).items())
        try:
            self._change(given, names, marks)
        except sqlite3.Error as exc:
            self._answer(exc)
            self._change(given, names, marks)

    def _change(self, rows: list[tuple[Any, ...]], gone: list[tuple[str]], seen: list[tuple[str, int]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            places = ", ".join("?" * len(_COLUMNS))
            self._connection.executemany(f"INSERT OR REPLACE INTO runs VALUES ({places})", rows)
            self._connection.executemany("DELETE FROM runs WHERE name = ?", gone)
            self._connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", seen)
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def _answer(self, exc: sqlite3.Error) -> None:
        """Go on without the file; with what can be read of it, unless it is damaged."""
        if not self.on_disk:
            raise exc
        memory = _in_memory(empty=True)
        try:
            if _is_damaged(exc):
                raise exc
            self._connection.backup(memory)
            memory.execute("SELECT count(*) FROM runs")
        except sqlite3.Error:
            memory.close()
            memory = _in_memory()
            self.is_lost = True
        self._connection.close()
        self.on_disk = False
        self._connection = memory
        if _is_damaged(exc):
            self._say(f"{self.path} is damaged ({exc}); it is made anew from the runs.")
            _remove(self.path)

    def _opened(self, may_make: bool) -> sqlite3.Connection | None:
        if not _is_plain(self.path) or not (may_make or self.path.exists()):
            return None
        for is_first in (True, False):
            connection = None
            try:
                connection = _connect(self.path)
                _with_tables(connection, self._say, self.path)
                connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM runs LIMIT 1").fetchone()
                connection.execute("SELECT what, value FROM seen LIMIT 1").fetchone()
                self._keeper = _reader(self.path)
            except (sqlite3.Error, OSError) as exc:
                if connection is not None:
                    connection.close()
                if not (is_first and isinstance(exc, sqlite3.Error) and _is_damaged(exc)):
                    return None
                self._say(f"{self.path} is damaged ({exc}); it is made anew from the runs.")
                if not _remove(self.path):
                    return None
            else:
                self.on_disk = True
                return connection
        return None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
    connection.execute("PRAGMA trusted_schema = OFF")  # the file may have come with a repository
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")  # what a power cut tears is made anew
    return connection


def _reader(path: Path) -> sqlite3.Connection:
    keeper = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.1, check_same_thread=False)
    keeper.execute("SELECT count(*) FROM seen").fetchone()
    return keeper


def _in_memory(*, empty: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if not empty:
        for table in _TABLES:
            connection.execute(table)
    return connection


def _with_tables(connection: sqlite3.Connection, say: Say, path: Path) -> None:
    """Make them where there are none, or those of another version."""
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    found = _version(connection)
    if found != VERSION:  # no other process has been faster
        names = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        if names:
            say(f"{path} is of another version ({found}, not {VERSION}); it is made anew from the runs.")
        for kind, name in names:
            quoted = str(name).replace('"', '""')
            connection.execute(f'DROP {kind} IF EXISTS "{quoted}"')
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_damaged(exc: sqlite3.Error) -> bool:
    """The file is no database, or no whole one, or has not the tables that its version says."""
    if isinstance(exc, sqlite3.OperationalError):
        return any(words in str(exc) for words in ("no such table", "no such column", "has no column", "malformed"))
    return isinstance(exc, sqlite3.DatabaseError)


def _files(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal"))


def _is_plain(path: Path) -> bool:
    """No link, which may lead anywhere, and no folder; or not there."""
    for file in _files(path):
        try:
            if not stat.S_ISREG(os.lstat(file).st_mode):
                return False
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            return False
    return path.parent.is_dir()


def _remove(path: Path) -> bool:
    for file in _files(path):
        try:
            file.unlink(missing_ok=True)
        except OSError:
            return False
    return True


def remove(runs: Path) -> None:
    """Throw the index of ``runs`` away; whoever asks next makes it anew."""
    if _is_plain(runs / NAME):
        _remove(runs / NAME)
