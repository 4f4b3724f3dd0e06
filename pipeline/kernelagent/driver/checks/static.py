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
    if static["declared"] and evidence.compute != "best":
        names = sorted({name for entry in static["declared"] for name in entry["operators"]})
        line = static["declared_lines"][0][0] if static["declared_lines"] else None
        told = f"leaves {', '.join(names)} to PyTorch, as it declares; only --compute best allows that"
        yield Check("static", False, f"the wrapper {told}", line)
        return
    if not static["kernels"] and not evidence.declared:
        yield Check("static", False, "defines no @triton.jit kernel")
        return
    findings = static["findings"]
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        yield Check("static", False, f"the wrapper {findings[0]['what']}{more}", findings[0]["line"])
    else:
        count = len(static["kernels"])
        calls = len(static["declared_lines"])
        named = f"{calls} that are declared" if evidence.declared else "no PyTorch operator that computes"
        yield Check("static", True, f"{count} Triton kernel{plural(count)}; the wrapper names {named}")
