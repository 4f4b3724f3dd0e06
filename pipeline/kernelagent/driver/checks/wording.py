"""Words that several checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence, Run


def first_wrong(
    evidence: Evidence, name: str, runs: list[Run], wrong: Callable[[Run], str], good: str
) -> Iterator[Check]:
    """One check over several calls: the first that is wrong speaks for all."""
    for run in runs:
        if found := wrong(run):
            yield Check(name, False, f"{evidence.call(run)}: {found}")
            return
    if runs:
        yield Check(name, True, good)


def plural(count: int) -> str:
    return "" if count == 1 else "s"
