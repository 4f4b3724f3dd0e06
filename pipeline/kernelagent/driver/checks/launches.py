"""At least one Triton kernel ran at least one program, in every case that has elements."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    done = evidence.telling
    if not done:
        return
    if evidence.declared and not evidence.static["kernels"]:
        yield Check("launches", True, "there is no Triton kernel: PyTorch computes all of it, as declared")
        return
    idle = [run for run in done if not run.programs and not evidence.is_empty(run)]
    if idle:
        yield Check("launches", False, f"{evidence.call(idle[0])}: no Triton kernel ran a single program")
    else:
        names = sorted({name for run in done for name in run.kernels})
        yield Check("launches", True, f"launched: {', '.join(names)}")
