"""What all runs of this user have spent today and may still spend on requests that are under way: one line for each, in
the user's own folder, so that a day's limit holds over several runs at a time."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import parse_json
from kernelagent.contract.shown import shown
from kernelagent.driver.project_file import kernelagent_table, require_known
from kernelagent.driver.providers.under_way import UnderWay, left_behind
from kernelagent.driver.users_own import user_folder, users_table
from kernelagent.errors import BadConfiguration

KEPT_DAYS = 31
SLACK_S = 60.0
"""A request ends at its time limit, and its line is given back soon after; one that is older was left by a process that
died, where no lock has told of that before."""
_MOST = sys.float_info.max
"""What can be compared with sums."""


def utc_day() -> str:
    """The same for all processes of a machine, whatever time zone each has."""
    return time.strftime("%Y-%m-%d", time.gmtime())


_KEYS = {"usd-per-day": "usd", "tokens-per-day": "tokens", "seconds-per-day": "seconds"}


@dataclass(frozen=True)
class Spending:
    usd: float = 0.0
    tokens: int = 0
    seconds: float = 0.0
    """While a model was answering."""


@dataclass(frozen=True)
class DayLimit:
    """The most of each in a day; ``None``: no limit."""

    usd: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Of each, where it stands: ``{"usd": "usd-per-day in [budget] of config.toml"}``."""

    @property
    def is_set(self) -> bool:
        return (self.usd, self.tokens, self.seconds) != (None, None, None)


def day_limit(file: Path) -> DayLimit:
    """``[tool.kernelagent.budget]`` of the project around ``file`` and ``[budget]`` of the user's own configuration: of
    each the smaller one. Raises ``BadConfiguration``."""
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    tables = ("[tool.kernelagent.budget]", kernelagent_table(file, "budget")), ("[budget]", users_table("budget"))
    for header, (path, table) in tables:
        require_known(path, "the table budget", table, tuple(_KEYS))
        for key, value in table.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST:
                reason = f"has {key} = {shown(value)}, which is not possible"
                raise BadConfiguration(f"{path}: the table budget {reason}.", file=str(path))
            limit = int(value) if key.startswith("tokens") else float(value)
            name, place = _KEYS[key], f"{key} in {header} of {path}"
            if name not in found or limit < found[name]:
                found[name], places[name] = limit, place
            elif limit == found[name]:
                places[name] += f" and {place}"
    return DayLimit(**found, places=places)


class Ledger:
    """Appends are single writes, so that several processes can share the file.

    What a disk refuses counts for this process all the same, and is written with the next that it takes.
    """

    def __init__(self, folder: Path | None = None, today: Callable[[], str] = utc_day):
        self.folder = (folder or user_folder(os.environ)) / "spent"
        self._today = today
        self._lock = threading.Lock()
        self._under_way = UnderWay(self.folder)
        self._unwritten: list[dict[str, Any]] = []
        self._torn = False
        """The disk may have taken part of a line."""

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """No other process reads and holds meanwhile, where the system has such locks."""
        try:
            import fcntl

            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except (ImportError, OSError):
            yield
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def add(self, spending: Spending) -> None:
        with contextlib.suppress(OSError):
            self._append(asdict(spending))

    def hold(self, most: Spending, seconds: float, so_far: Spending | None = None) -> str:
        """Set ``most`` aside for a request that ends within ``seconds``; its name for :meth:`note` and
        :meth:`end`. Where this process dies before that, ``so_far`` counts. Raises ``OSError``: other runs would
        not see it."""
        name = secrets.token_hex(8)
        self.note(name, so_far or Spending())
        try:
            self._written_or_not({"held": name, **asdict(most), "until": time.time() + seconds + SLACK_S})
        except OSError:
            self._under_way.end(name)
            raise
        return name

    def note(self, name: str, so_far: Spending) -> None:
        """What the request has used up to now."""
        self._under_way.note(name, asdict(so_far))

    def end(self, held: str | None, spent: Spending | None) -> None:
        """Of a request: what was set aside is given back, and what it has spent is counted, at once."""
        entries = [asdict(spent)] if spent is not None else []
        entries += [{"given_back": held}] if held is not None else []
        with contextlib.suppress(OSError):
            if entries:
                self._append(*entries)
        if held is not None:
            self._under_way.end(held)

    def take_up(self) -> None:
        """Count what requests had used whose process has died, and give back what was set aside for them. To be called
        :meth:`alone`."""
        for path, used in left_behind(self.folder):
            entries: list[dict[str, Any]] = []
            for name, figures in used.items():
                spent = _read(json.dumps(figures).encode())
                entries += [spent, {"given_back": name}] if spent is not None else []
            with contextlib.suppress(OSError):
                if entries:
                    self._written_or_not(*entries)
                path.unlink()

    def today(self) -> Spending:
        """The sum of the day; a line that cannot be read counts nothing."""
        return _sum(line for line in [*_lines(self._path()), *self._unwritten] if "held" not in line)

    def held(self) -> Spending:
        """What is set aside now, by all runs; also what was before midnight."""
        files = sorted(path for path in self.folder.glob("*.jsonl") if path <= self._path())[-2:]
        lines, now = [*(line for path in files for line in _lines(path)), *self._unwritten], time.time()
        over = {line["given_back"] for line in lines if "given_back" in line}
        return _sum(line for line in lines if "held" in line and line["held"] not in over and line["until"] > now)

    def _written_or_not(self, *entries: dict[str, Any]) -> None:
        """Raises ``OSError``, and then they are not written with what comes later."""
        try:
            self._append(*entries)
        except OSError:
            for entry in entries:
                self._unwritten.remove(entry)
            raise

    def _append(self, *entries: dict[str, Any]) -> None:
        with self._lock:
            self._unwritten += entries
            begin, self._torn = "\n" if self._torn else "", True
            data = (begin + "".join(json.dumps(entry) + "\n" for entry in self._unwritten)).encode()
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self._path()
            is_new = not path.exists()
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.write(handle, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            finally:
                os.close(handle)
            self._unwritten.clear()
            self._torn = False
        if is_new:
            for old in sorted(self.folder.glob("*.jsonl"))[:-KEPT_DAYS]:
                old.unlink(missing_ok=True)

    def _path(self) -> Path:
        return self.folder / f"{self._today()}.jsonl"


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        data = path.read_bytes()
    except OSError:
        return []
    return [entry for entry in map(_read, data.split(b"\n")) if entry is not None]


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        entry = parse_json(line)
        if isinstance(entry.get("given_back"), str):
            return {"given_back": entry["given_back"]}
        figures: dict[str, float] = {
            "usd": float(entry["usd"]),
            "tokens": int(entry["tokens"]),
            "seconds": float(entry["seconds"]),
        }
        if "held" in entry:
            figures["until"] = float(entry["until"])
        if not all(math.isfinite(figure) for figure in figures.values()):
            return None
        return {**figures, "held": str(entry["held"])} if "held" in entry else figures
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _sum(lines: Iterable[dict[str, Any]]) -> Spending:
    usd, tokens, seconds = 0.0, 0, 0.0
    for line in lines:
        usd, tokens, seconds = (
            usd + line.get("usd", 0.0),
            tokens + line.get("tokens", 0),
            seconds + line.get("seconds", 0.0),
        )
    return Spending(usd, tokens, seconds)
