"""What the wrapper ran in PyTorch: allocation, views and copies pass, computing does not."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    if not evidence.runs:
        return
    for run in evidence.runs:
        if run.computed:
            operators = sorted({item.op for item in run.computed})
            line = run.computed[0].line
            where = f" at line {line}" if line else ""
            yield Check("dispatch", False, f"computes in PyTorch: {', '.join(operators[:5])}{where}", line)
            return
    declared = sorted({name for run in evidence.runs for name in run.by_pytorch})
    if declared:
        yield Check("dispatch", True, f"PyTorch computed on the declared lines alone: {', '.join(declared)}")
        return
    yield Check("dispatch", True, "only allocation, views and copies were dispatched to PyTorch")
