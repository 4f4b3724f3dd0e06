"""Words that several checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence, Run

FEW = 2
"""Cases of which the same is to be said that are still told one by one."""
_WORDS = 200
"""Characters of names in one line."""


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


def by_reason(told: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """``told``: names of cases, each with what is said of it."""
    found: dict[str, list[str]] = {}
    for name, reason in told:
        found.setdefault(reason, []).append(name)
    return found


def not_compared(names: Sequence[str], why: str) -> str:
    """Cases that were left because they are slow, in one line."""
    at = " at larger sizes" if all("=" in name.partition(",")[0] for name in names) else ""
    return f"{len(names)} cases{at} were not compared, {why}: {shortened(names)}"


def shortened(names: Sequence[str]) -> str:
    """As many as fit a line, without the sizes of those that say why they have them; equal ones once."""
    counts: dict[str, int] = {}
    for name in names:
        sizes, _, why = name.partition(": ")
        short = why if why and "=" in sizes else name
        counts[short] = counts.get(short, 0) + 1
    found: list[str] = []
    left = len(names)
    for short, count in counts.items():
        if found and len("; ".join(found)) + len(short) > _WORDS:
            break
        found.append(f"{short} ({count}x)" if count > 1 else short)
        left -= count
    return "; ".join(found) + (f"; and {left} more" if left else "")


def plural(count: int) -> str:
    return "" if count == 1 else "s"
