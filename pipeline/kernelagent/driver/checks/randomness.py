"""Of a module that draws random numbers: drawn anew by each call, by PyTorch's seed, and from the same distribution.

All other checks of such a module see every random number held at one value (``worker/judge/fixed_draws.py``).
"""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    for _, draw, error in evidence.drawn:
        if error is not None and not draw["may_refuse"]:
            yield Check("randomness: drawn again and again", False, error.message, error.line)
    for finding in evidence.comparison.get("randomness", []):
        yield Check(f"randomness: {finding['name']}", bool(finding["passed"]), str(finding["detail"]))
