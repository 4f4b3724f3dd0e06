"""Every element of the outputs was stored by a kernel, directly or through copies."""

from __future__ import annotations

from collections.abc import Container, Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.wording import first_wrong
from kernelagent.driver.evidence import Evidence, Run


def check(evidence: Evidence) -> Iterator[Check]:
    looked_at = [run for run in _worth_looking_at(evidence) if not evidence.has_nan(run)]
    elsewhere = {path for run in looked_at for path, origin in run.origins.items() if origin.origin == "kernel"}
    yield from first_wrong(
        evidence,
        "outputs written",
        looked_at,
        lambda run: _not_written(run, elsewhere),
        "by the kernels, every element"
        if not evidence.declared
        else "by kernels and declared operators, every element",
    )


def _worth_looking_at(evidence: Evidence) -> list[Run]:
    """Calls on a GPU, and those beside them in the interpreter, which counts the elements. What a reduction gives for
    nothing may be a constant, put there without a kernel; it may not be left to chance."""
    beside = evidence.watched if evidence.gpu else []
    called = [*evidence.finished, *beside]
    return [run for run in called if not evidence.is_empty(run) or any(o.unwritten for o in run.origins.values())]


def _not_written(run: Run, elsewhere: Container[str]) -> str:
    """What is wrong with where the outputs of one call come from. ``elsewhere``: outputs that a kernel wrote in some
    call; in another all its stores may be masked, where nothing falls into a histogram."""
    for path, origin in run.origins.items():
        name = f"output {path}".rstrip()
        if origin.origin == "none" or (origin.origin == "masked" and path not in elsewhere):
            return f"no kernel wrote {name}"
        if origin.unwritten:
            first = f", first at {list(origin.first_unwritten)}" if origin.first_unwritten else ""
            return f"{name} has {origin.unwritten} elements that no kernel wrote{first}"
    if run.origins and not any(origin.origin in ("kernel", "pytorch", "masked") for origin in run.origins.values()):
        return "every output is an input handed back"
    return ""
