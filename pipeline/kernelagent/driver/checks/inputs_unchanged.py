"""Inputs come back bit for bit, and outputs have memory of their own, unless the module does otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.wording import first_wrong
from kernelagent.driver.evidence import Evidence, Run


def check(evidence: Evidence) -> Iterator[Check]:

    changes = (
        {path for case in evidence.reference["cases"] for path in case["mutated"]} if evidence.reference else set()
    )

    def wrong(run: Run) -> str:
        case = evidence.case(run.case)
        if surplus := sorted(set(run.mutated) - set(case["mutated"])):
            return f"writes to its input {', '.join(surplus)}"
        if missing := sorted(set(case["mutated"]) - set(run.mutated)):
            return f"does not update the input {', '.join(missing)} as the module does"
        if stored := sorted({*run.stored_to} - changes):
            return f"stores to its input {', '.join(stored)} and puts it back, which others may read meanwhile"
        if run.overwrote:
            which = ", ".join(["output", *filter(None, run.overwrote)])
            return f"overwrites the {which} of an earlier call, which its caller may still hold"
        for path, owner in run.aliases.items():
            if case["aliases"].get(path) != owner:
                return f"output {path} shares memory with input {owner}"
        return ""

    good = "inputs come back bit for bit; outputs have memory of their own"
    yield from first_wrong(evidence, "inputs unchanged", evidence.finished, wrong, good)
