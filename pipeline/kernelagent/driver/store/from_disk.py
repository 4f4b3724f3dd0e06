"""A run's directory as a row of the index. Whatever lies there may be torn, anybody's, or no run at all."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import parse_json
from kernelagent.driver.run_directory import ANSWER, SESSION
from kernelagent.driver.store.run_row import STATES, RunRow, State

RESULT = "result.json"
SESSION_RESULT = "session_result.json"
REQUEST = "run.json"
MOST_BYTES = 64 << 20
"""A larger file is not one of ours."""

_TIME = re.compile(r"(?:session_)?(\d{8})[-_](\d{6})")
_KEY = re.compile(r"[0-9a-f]{64}")


def signature(folder: Path) -> tuple[str, int, int] | None:
    """``(name, mtime in ns, size)`` of the file that says most of the run in ``folder``; ``None`` where no run is."""
    for name in (RESULT, SESSION_RESULT, REQUEST, SESSION):
        try:
            found = os.lstat(folder / name)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(found.st_mode):
            return name, found.st_mtime_ns, found.st_size
    return None


def read_row(folder: Path) -> RunRow | None:
    """``None`` where there is no run in ``folder``, or where that is a link."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            return None
    except (OSError, ValueError):
        return None
    found = signature(folder)
    if found is None:
        return None
    name, mtime_ns, size = found
    state, target, code, elapsed_s, usd = _ended(folder / name, size)
    asked = _object(folder / REQUEST)
    file, class_name = _text(asked.get("file")), _text(asked.get("class_name"))
    key = _text(_object(folder / ANSWER).get("key")) if state == "verified" else ""
    return RunRow(
        name=folder.name,
        is_session=name in (SESSION, SESSION_RESULT),
        state=state,
        target=target or (f"{file}::{class_name}" if file else ""),
        code=code,
        elapsed_s=elapsed_s,
        usd=usd,
        started=_started(folder.name, mtime_ns),
        mtime_ns=mtime_ns,
        size=size,
        file=os.path.realpath(file) if file else "",
        class_name=class_name,
        answer=key if _KEY.fullmatch(key) else "",
    )


def _ended(path: Path, size: int) -> tuple[State, str, str, float, float]:
    """State, target, code of the error, seconds and dollars."""
    if path.name in (REQUEST, SESSION):
        return "begun", "", "", 0.0, 0.0
    try:
        if size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 20} MiB")
        told = parse_json(path.read_bytes())
        if not isinstance(told, dict):
            raise ValueError("it is no JSON object")
        state: State | None = next((state for state in STATES if state == told.get("status")), None)
        if state in (None, "begun", "unreadable") or not isinstance(told.get("target"), str):
            raise ValueError("it is no result of a run")
    except OSError as exc:
        return "unreadable", "", f"{path.name} cannot be read: {exc.strerror or exc}", 0.0, 0.0
    except ValueError as exc:
        why = "it is empty" if size == 0 else str(exc)
        return "unreadable", "", f"{path.name} cannot be read: {why}", 0.0, 0.0
    error, cost = told.get("error"), told.get("cost")
    code = _text(error.get("code")) if isinstance(error, dict) else ""
    usd = _number(cost.get("usd")) if isinstance(cost, dict) else 0.0
    return state or "unreadable", _text(told["target"]), code, _number(told.get("elapsed_s")), usd


def _object(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``; empty where there is none that can be read."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return {}
        told = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _text(value: Any) -> str:
    """As SQLite can hold it: what has no UTF-8 is written out."""
    if not isinstance(value, str) or "\0" in value:
        return ""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and -1e15 < value < 1e15 else 0.0


def _started(name: str, mtime_ns: int) -> str:
    found = _TIME.match(name)
    if found is not None:
        return f"{found[1]}-{found[2]}"
    return time.strftime("%Y%m%d-%H%M%S", time.localtime(mtime_ns / 1e9))
