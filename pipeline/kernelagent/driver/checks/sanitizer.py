"""On a GPU: what compute-sanitizer saw. One check for each of its tools, where it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.wording import plural
from kernelagent.driver.evidence import Evidence, Sanitized
from kernelagent.driver.sanitizer_log import Finding, SanitizerLog, parse

_GOOD = {
    "memcheck": "every access to global and shared memory lies inside an allocation and is aligned",
    "racecheck": "no race in shared memory",
}


def check(evidence: Evidence) -> Iterator[Check]:
    for run in evidence.sanitized:
        yield _judged(evidence, run, parse(run.log))


def _judged(evidence: Evidence, run: Sanitized, log: SanitizerLog) -> Check:
    name = f"sanitizer: {run.tool}"
    guilty = [found for found in log.findings if found.severity == "error" and not found.replicated]
    let_pass = [found for found in log.findings if found not in guilty]
    notes = tuple(_let_pass(found) for found in let_pass)
    if guilty:
        first, *others = guilty
        more = (f"{_told(other)}{f' (line {other.line})' if other.line else ''}" for other in others[:4])
        where = _where(evidence, run)
        return Check(name, False, f"{where}{_told(first)}", _line(evidence, first), notes=(*more, *notes))
    if log.errors and not log.findings:
        return Check(
            name, False, f"it reports {log.errors} error{plural(log.errors)}, in words that are not understood"
        )
    if run.error:
        return Check(name, False, f"{_where(evidence, run)}{run.error}", notes=notes)
    done = f"{len(run.finished)} of {len(run.cases)} cases"
    if run.ended == "too late":
        return Check(name, False, f"it did not end in time; {done} were run, without findings", None, True, notes)
    if not run.completed:
        return Check(name, False, f"the kernel's process ended early: {done} were run", notes=notes)
    return Check(name, True, f"{_GOOD[run.tool]}, in {done}", notes=notes)


def _where(evidence: Evidence, run: Sanitized) -> str:
    """The case in which it ended, where the fault ended it."""
    open_cases = [number for number in run.begun if number not in run.finished]
    known = range(len(evidence.reference.get("cases", [])))
    return f"{evidence.case(open_cases[0])['name']}: " if open_cases and open_cases[0] in known else ""


def _told(found: Finding) -> str:
    threads = f", {found.count} times" if found.count > 1 else ""
    return f"{found.kernel + ': ' if found.kernel else ''}{found.what}{threads}"


def _let_pass(found: Finding) -> str:
    if found.replicated:
        why = "threads that hold the same value write it to the same word, as Triton's reductions do"
    else:
        why = "a warning"
    return f"let pass ({why}): {_told(found)}"


def _line(evidence: Evidence, found: Finding) -> int | None:
    """Only a line of the kernel's own file: helpers of Triton's library have lines too."""
    return found.line if found.line and found.file.rpartition("/")[2] == evidence.kernel_name else None
