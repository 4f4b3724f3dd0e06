"""Whether zeros, a constant, or the output for other inputs or weights would have passed."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    if evidence.comparison and len(evidence.reference["cases"]) > 1:
        reasons = evidence.comparison["degenerate"]
        found = f"degenerate problem: {'; '.join(reasons)}"
        yield Check(
            "degenerate",
            True,
            found if reasons else "zeros, a constant, other inputs' and other weights' outputs would fail",
        )
