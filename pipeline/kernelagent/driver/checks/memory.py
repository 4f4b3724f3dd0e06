"""No access outside the tensors of a launch, none to what nobody wrote, no race, and no guard band damaged."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.wording import first_wrong
from kernelagent.driver.evidence import Evidence, Run


def check(evidence: Evidence) -> Iterator[Check]:
    for run in evidence.runs:
        if run.violations:
            first = run.violations[0]
            yield Check("memory", False, f"{evidence.call(run)}: {first.kernel} {first.what}", first.line)
            return
    how = "guard bands are intact" if evidence.gpu else "every load and store lies inside the launch's tensors"
    yield from first_wrong(evidence, "memory", evidence.runs, _damage, how)


def _damage(run: Run) -> str:
    return f"memory around a tensor ({', '.join(run.damaged)}) was written to" if run.damaged else ""
