"""The file is imported, the class constructed, and the state loaded strictly."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    report = evidence.report
    if report is None:
        return
    if report.error is not None:
        yield Check("loads", False, report.error.message, report.error.line)
    else:
        yield Check("loads", True, f"entries: {', '.join(name for name in (report.module, report.function) if name)}")
