"""Every call ends, and returns; on no elements at all or unaligned tensors it may raise."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.sizes_apart import taken_apart
from kernelagent.driver.checks.wording import plural
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    if evidence.static["error"] is not None:
        return
    failed = [run for run in evidence.runs if run.error is not None and run not in evidence.refusals]
    missing = _missing(evidence)
    if failed and failed[0].error is not None:
        error = failed[0].error
        raised = {run.case for run in evidence.runs if run.error is not None}
        notes = _refused(evidence) or taken_apart(evidence, raised)
        yield Check("runs", False, f"{evidence.call(failed[0])}: {error.message}", error.line, notes=notes)
    elif evidence.report is None:
        done = f" after {len(evidence.runs)} case{plural(len(evidence.runs))}" if evidence.runs else ""
        yield Check("runs", False, f"{evidence.death}{done}", _line_in(evidence.death))
    elif missing and evidence.report.error is None:
        yield Check("runs", False, f"{missing} was not run, although the process ended well")
    elif evidence.own_sizes is not None and evidence.own_sizes.error is not None:
        error = evidence.own_sizes.error
        sizes = ", ".join(f"{free.where or free.symbol} = {free.example:,}" for free in evidence.larger_there)
        yield Check("runs", False, f"at the example's own sizes, {sizes}: {error.message}", error.line)
    elif evidence.runs:
        yield Check("runs", True, f"{len(evidence.runs)} calls")


def _refused(evidence: Evidence) -> tuple[str, ...]:
    """Sizes that tell the calls that raised from those that came through, and how to say that the module has no others
    either."""
    raised = [evidence.case(run.case)["sizes"] for run in evidence.runs if run.error is not None]
    finished = [evidence.case(run.case)["sizes"] for run in evidence.telling]
    taken = {f: {sizes[f.symbol] for sizes in finished} for f in evidence.free_sizes}
    telling = {f: t for f, t in taken.items() if f.example in t and not t & {sizes[f.symbol] for sizes in raised}}
    if not telling:
        return ()
    fewest = min(len(t) for t in telling.values())
    told = {f: ", ".join(map(str, sorted(t))) for f, t in telling.items() if len(t) == fewest}
    where = " and ".join(f"{f.where} at {values}" for f, values in told.items())
    last = list(told)[-1]
    return (
        f"it came through with {where} alone, and the module takes others; a size that is never another is fixed by an "
        f"assertion in the module's forward(), such as: assert {last.where} == {last.example}",
    )


def _missing(evidence: Evidence) -> str:
    """The first case that the entry that must see all of them has not seen."""
    entry = "module" if evidence.report is not None and evidence.report.module else "function"
    seen = {run.case for run in evidence.runs if run.entry == entry}
    numbers = range(len(evidence.reference.get("cases", [])))
    return next((evidence.name(number, entry) for number in numbers if number not in seen), "")


def _line_in(text: str) -> int | None:
    last = text.rpartition(" at line ")[2]
    return int(last) if last.isdecimal() else None
