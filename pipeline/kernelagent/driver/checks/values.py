"""Structure, shapes, dtypes and values of the outputs, and of the state that the call changed: one for each case."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    for result in evidence.comparison.get("results", []):
        name = f"values: {evidence.name(result['case'], result['entry'])}"
        if result["failures"]:
            yield Check(name, False, "; ".join(result["failures"][:4]))
        elif result.get("max_abs_err") is not None:
            own = result["eager_max_abs_err"]
            yield Check(
                name, True, f"error {result['max_abs_err']:.3g} at most against float64; PyTorch's own {own:.3g}"
            )
        else:
            yield Check(name, True, "equal")
    for skipped in evidence.reference.get("skipped", []):
        yield Check(f"values: {skipped['name']}", False, f"not tried: {skipped['reason']}", skipped=True)
