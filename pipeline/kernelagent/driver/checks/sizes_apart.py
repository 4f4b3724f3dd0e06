"""Two sizes that are equal in the example: whether the kernel fails in just those cases that take them apart."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations, product

from kernelagent.contract.problem import FreeSize
from kernelagent.driver.evidence import Evidence
from kernelagent.driver.fixed_sizes import FixedSize

Pair = tuple[FreeSize | FixedSize, FreeSize]
"""The second may be taken for the first."""


def taken_apart(evidence: Evidence, failed: Collection[int]) -> tuple[str, ...]:
    """What to say to whoever took the sizes for one, and how to say that the module has no others either. ``failed``:
    numbers of the cases in which the kernel raised or was wrong. Empty where the sizes do not tell these cases from the
    others."""
    return tuple(
        f"it is right only where {one.where} is {other.where}, as in the example, and the module takes others; sizes "
        "that are always the same are tied by an assertion in the module's forward(), such as: "
        f"assert {one.where} == {other.where}"
        for one, other in _alike_in_what_passed(evidence, failed)
        if not any(_equal(evidence, number, one, other) for number in failed)
    )


def taken_for_one(evidence: Evidence) -> Pair | None:
    """The sizes that most of the calls that a kernel must not refuse, and raised in, take apart, and none that came
    through."""
    raised = [run.case for run in evidence.runs if run.error is not None and run not in evidence.refusals]
    pairs = _alike_in_what_passed(evidence, {run.case for run in evidence.runs if run.error is not None})
    apart = {pair: sum(not _equal(evidence, number, *pair) for number in raised) for pair in pairs}
    return max((pair for pair, count in apart.items() if count), key=lambda pair: apart[pair], default=None)


def _alike_in_what_passed(evidence: Evidence, failed: Collection[int]) -> list[Pair]:
    """Equal in the example and in all cases that the kernel came through and had something to compute in."""
    passed = {run.case for run in evidence.telling} - set(failed)
    if not failed or not passed:
        return []
    pairs: list[Pair] = [
        *combinations(evidence.free_sizes, 2),
        *product(evidence.fixed_sizes, evidence.free_sizes),
    ]
    alike = [(one, other) for one, other in pairs if one.example == other.example]
    return [
        pair
        for pair in alike
        if all(_equal(evidence, number, *pair) for number in passed) and not _is_a_number(evidence, passed, *pair)
    ]


def _is_a_number(evidence: Evidence, passed: Collection[int], one: FreeSize | FixedSize, other: FreeSize) -> bool:
    """Whether the kernel takes ``other`` for the number that ``one`` is in the example: it came through none of the
    cases in which both were another."""
    if isinstance(one, FreeSize):
        return False
    cases = {run.case for run in evidence.runs if not evidence.is_empty(run)}
    moved = {
        number
        for number in cases
        if one.at(evidence.case(number)["sizes"]) != one.example and _equal(evidence, number, one, other)
    }
    return bool(moved) and not moved & set(passed)


def _equal(evidence: Evidence, number: int, one: FreeSize | FixedSize, other: FreeSize) -> bool:
    sizes = evidence.case(number)["sizes"]
    first = one.at(sizes) if isinstance(one, FixedSize) else sizes[one.symbol]
    return bool(first == sizes[other.symbol])
