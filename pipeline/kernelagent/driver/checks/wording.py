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
            yield Check(name, False, f"{evidence.call(run)}: {found}", notes=may_be_refused(evidence, run.case))
            return
    if runs:
        yield Check(name, True, good)


def may_be_refused(evidence: Evidence, number: int) -> tuple[str, ...]:
    """A way out for a kernel that was not made for a case, and was right to leave it out."""
    if not evidence.reference or not evidence.case(number).get("may_refuse"):
        return ()
    return ("a kernel that is not made for such an input may refuse it: it raises an error, and the verdict says so",)


def plural(count: int) -> str:
    return "" if count == 1 else "s"
