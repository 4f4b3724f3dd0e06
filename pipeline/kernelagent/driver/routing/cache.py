"""Decisions by content: ``.fuse/router_cache.json``. What is decided once is not asked again, and what has failed once
is not tried first again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import parse_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.driver.dependencies import digest
from kernelagent.driver.printable import printable
from kernelagent.driver.routing.decision import VERSION, Decision
from kernelagent.driver.routing.facts import Facts

MOST = 1000


def key_of(facts: Facts, problem: Problem, versions: Mapping[str, str], author: str) -> str:
    """Of everything that a decision hangs on, the rules themselves among it."""
    return digest(problem, versions, VERSION, asdict(facts), author)


class RouterCache:
    """``path`` is shared by the runs of a project; one that writes meanwhile may win, which costs a question."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        """``None``: nothing is remembered."""

    def find(self, key: str) -> Decision | None:
        entry = self._read().get(key)
        if not isinstance(entry, dict) or entry.get("kind") not in ("direct", "fuser"):
            return None
        reasons = entry.get("reasons")
        if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons) or not reasons:
            return None
        one_line_each = (printable(" ".join(reason.split())) for reason in reasons)  # the file may be anybody's
        return Decision(entry["kind"], tuple(one_line_each))

    def keep(self, key: str, decision: Decision) -> None:
        if self._path is None:
            return
        with contextlib.suppress(OSError):  # a decision that is not remembered is only made again
            self._write(key, decision, self._path)

    def _write(self, key: str, decision: Decision, path: Path) -> None:
        entries = {**self._read(), key: {"kind": decision.kind, "reasons": list(decision.reasons)}}
        write_json(path, {"version": VERSION, "decisions": dict(list(entries.items())[-MOST:])})

    def _read(self) -> dict[str, Any]:
        """Empty when it is not there, of another version, or not to be read: then it is only made again."""
        if self._path is None or not self._path.is_file():
            return {}
        try:
            document = parse_json(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        version = document.get("version") if isinstance(document, dict) else None
        if type(version) is not int or version != VERSION:
            return {}
        decisions = document.get("decisions")
        return decisions if isinstance(decisions, dict) else {}
