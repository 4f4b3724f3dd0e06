"""Cases of other arguments that are no tensors: by themselves, and beside other sizes, layouts and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernelagent.worker.judge.arguments import FAR, Changed
from kernelagent.worker.judge.case_plan import WORTH_S, CasePlan, first_of
from kernelagent.worker.judge.left_out import LEFT_OUT

_NOT_FINITE = ("infinities", "NaN")
"""Kinds of cases in which a number that is zero matters: it makes NaN of them."""


def left_to_defaults(small: dict[str, int]) -> CasePlan:
    return CasePlan(LEFT_OUT, small, 75, LEFT_OUT, may_refuse=True, only_if_accepted=True)


def of_arguments(changes: Iterable[Changed], small: dict[str, int]) -> Iterator[CasePlan]:
    for changed in changes:
        plain = CasePlan(changed.name, small, 26, alone=changed.alone, may_refuse=True)
        plain = replace(plain, numbers=(changed.number,)) if "a number compared with" in changed.kinds else plain
        yield first_of(replace(plain, values=v, only_if_accepted=v in FAR) for v in changed.kinds)


def with_other_arguments(cases: list[CasePlan], changes: list[Changed]) -> list[CasePlan]:
    """The first case of each kind once more with other arguments."""
    once: dict[str, CasePlan] = {}
    for case in cases:
        if case.kind and not case.left_out:
            once.setdefault(case.kind, case)

    def turned(case: CasePlan, changed: Changed) -> CasePlan:
        plain = replace(case, name=f"{case.name}; {changed.name}", arguments=changed.kinds[0], alone=changed.alone)
        otherwise = tuple(turned(choice, changed) for choice in case.otherwise)
        return replace(plain, otherwise=otherwise, may_refuse=True, most_seconds=WORTH_S, only_if_accepted=True)

    return [
        turned(case, changed)
        for changed in changes
        for kind, case in once.items()
        if changed.name != "numbers that are zero" or kind in _NOT_FINITE
    ]
