"""Which layers of isolation were in force. It never fails: a machine has what it has, and the report says so."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    if evidence.static["error"] is None:
        held = ", ".join(evidence.sandbox)
        yield Check("sandbox", True, f"in force: {held}" if held else "no layer is in force on this machine")
