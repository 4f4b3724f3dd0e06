"""No access outside the tensors of a launch, none to what nobody wrote, no race, and no guard band damaged."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.wording import first_wrong, may_be_refused
from kernelagent.driver.evidence import Evidence, Run


def check(evidence: Evidence) -> Iterator[Check]:
    guilty = [run for run in evidence.watched if run.violations]
    if guilty:
        first, *others = guilty[0].violations
        notes = [f"{other.kernel} {other.what}{f' (line {other.line})' if other.line else ''}" for other in others[:4]]
        if len(guilty) > 1:
            notes.append(f"in {len(guilty)} of {len(evidence.watched)} calls something like it")
        notes += may_be_refused(evidence, guilty[0].case)
        where = "in the interpreter, " if evidence.gpu else ""
        detail = f"{where}{evidence.call(guilty[0])}: {first.kernel} {first.what}"
        yield Check("memory", False, detail, first.line, notes=tuple(notes))
        return
    seen = "every access lies inside the tensor of its pointer; nothing unwritten was read; no race"
    bands = "guard bands are intact"
    how = seen if not evidence.gpu else f"{bands}; in the interpreter {seen}" if evidence.watched else bands
    yield from first_wrong(evidence, "memory", [*evidence.runs, *evidence.watched], _damage, how)


def _damage(run: Run) -> str:
    return f"memory around a tensor ({', '.join(run.damaged)}) was written to" if run.damaged else ""
