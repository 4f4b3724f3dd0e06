"""Two sizes that are equal in the example: whether the kernel fails in just those cases that take them apart."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from kernelagent.contract.problem import FreeSize
from kernelagent.driver.evidence import Evidence


def taken_apart(evidence: Evidence, failed: Collection[int]) -> tuple[str, ...]:
    """What to say to whoever took the sizes for one, and how to say that the module has no others either. ``failed``:
    numbers of the cases in which the kernel raised or was wrong. Empty where the sizes do not tell these cases from the
    others."""
    passed = {run.case for run in evidence.telling} - set(failed)
    if not failed or not passed:
        return ()
    alike = [(one, other) for one, other in combinations(evidence.free_sizes, 2) if one.example == other.example]
    return tuple(
        f"it is right only where {one.where} is {other.where}, as in the example, and the module takes others; sizes "
        "that are always the same are tied by an assertion in the module's forward(), such as: "
        f"assert {one.where} == {other.where}"
        for one, other in alike
        if all(_equal(evidence, number, one, other) for number in passed)
        and not any(_equal(evidence, number, one, other) for number in failed)
    )


def _equal(evidence: Evidence, number: int, one: FreeSize, other: FreeSize) -> bool:
    sizes = evidence.case(number)["sizes"]
    return bool(sizes[one.symbol] == sizes[other.symbol])
