"""The wrapper names no PyTorch operator that computes, and there is a kernel."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.wording import plural
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    static = evidence.static
    if static["error"] is not None:
        yield Check("static", False, static["error"], static["line"])
        return
    if not static["kernels"]:
        yield Check("static", False, "defines no @triton.jit kernel")
        return
    findings = static["findings"]
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        yield Check("static", False, f"the wrapper {findings[0]['what']}{more}", findings[0]["line"])
    else:
        count = len(static["kernels"])
        yield Check(
            "static", True, f"{count} Triton kernel{plural(count)}; the wrapper names no PyTorch operator that computes"
        )
