"""What all runs of this user have spent today: one line for each answer, in the user's own folder, so that a day's
limit holds over several runs at a time."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelagent.driver.project_file import kernelagent_table
from kernelagent.driver.providers.consent import user_folder
from kernelagent.errors import BadConfiguration

KEPT_DAYS = 31
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

    @property
    def is_set(self) -> bool:
        return (self.usd, self.tokens, self.seconds) != (None, None, None)


def day_limit(file: Path) -> DayLimit:
    """``[tool.kernelagent.budget]`` of the project around ``file``. Raises ``BadConfiguration``."""
    path, table = kernelagent_table(file, "budget")
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            reason = f"knows {', '.join(_KEYS)}, but not {key}"
            raise BadConfiguration(f"{path}: [tool.kernelagent.budget] {reason}.", file=str(path))
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
            reason = f"has {key} = {value!r}, which is not possible"
            raise BadConfiguration(f"{path}: [tool.kernelagent.budget] {reason}.", file=str(path))
        found[_KEYS[key]] = int(value) if key.startswith("tokens") else float(value)
    return DayLimit(**found)


class Ledger:
    """Appends are single writes, so that several processes can share the file."""

    def __init__(self, folder: Path | None = None, today: Callable[[], str] = lambda: time.strftime("%Y-%m-%d")):
        self._folder = (folder or user_folder(os.environ)) / "spent"
        self._today = today

    def add(self, spending: Spending) -> None:
        """Written at once; a disk that refuses it does not end the run, whose own budget still holds."""
        line = json.dumps({"usd": spending.usd, "tokens": spending.tokens, "seconds": spending.seconds}) + "\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._path()
            is_new = not path.exists()
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)
            if is_new:
                for old in sorted(self._folder.glob("*.jsonl"))[:-KEPT_DAYS]:
                    old.unlink(missing_ok=True)
        except OSError:
            return

    def today(self) -> Spending:
        """The sum of the day; a line that cannot be read counts nothing."""
        usd, tokens, seconds = 0.0, 0, 0.0
        try:
            lines = self._path().read_text(encoding="utf-8").splitlines()
        except OSError:
            lines = []
        for line in lines:
            try:
                entry = json.loads(line)
                usd, tokens = usd + float(entry["usd"]), tokens + int(entry["tokens"])
                seconds += float(entry["seconds"])
            except (ValueError, KeyError, TypeError):
                continue
        return Spending(usd, tokens, seconds)

    def _path(self) -> Path:
        return self._folder / f"{self._today()}.jsonl"
