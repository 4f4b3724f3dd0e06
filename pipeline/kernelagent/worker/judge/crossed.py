"""What one case tries where another one goes: its values at that one's sizes and strides, or its strides with that
one's values.

Cases change one thing at a time. A kernel that takes a way of its own for rows that are not contiguous, or for a single
one, meets large values, infinities and NaN on its usual way only. Which cases take which ways is known once they have
run (``driver/crossings.py``); these are what is tried then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernelagent.contract.crossing import JOINT, LAYOUTS
from kernelagent.worker.judge.case_plan import CasePlan, first_of
from kernelagent.worker.judge.value_kinds import INFINITE_RUNS

_VALUES: dict[str, str] = {
    **{values: "large" for values in ("huge", "large")},
    **{values: "equal" for values in ("equal", "equal, positive")},
    **{values: "far from zero" for values in ("far", "less far")},
    **{values: "masks" for values in ("full and empty masks", "full masks")},
    **{values: "of every magnitude" for values in ("slices of every magnitude", "slices of many magnitudes")},
    **{values: values for values in ("infinity", "slices of -infinity", "nan", "slices of nan", "steps")},
    INFINITE_RUNS: INFINITE_RUNS,
    **{values: "large integers" for values in ("large integers", "larger integers")},
    **{values: values for values in ("ignored integers", "negative integers", "indices to the end")},
}
"""Kinds of values that a way of a kernel's may take otherwise → what they are the same as."""
_WORTH_S = 3.0
"""Of processor time, for each: there may be many."""


def kinds(case: CasePlan) -> list[str]:
    """Of those that each way of a kernel has to meet, what the case is."""
    found = [_VALUES[case.values]] if case.values in _VALUES else []
    return [*found, *(layout for layout in case.layouts[:1] if layout in LAYOUTS)]


def named(plan: list[CasePlan], names: Iterable[str]) -> Iterator[CasePlan]:
    """The cases that are asked for by two of ``plan``'s names."""
    known: dict[str, CasePlan] = {}
    for planned in plan:
        for case in (planned, *planned.otherwise):
            known.setdefault(case.name, case)
    for name in names:
        what, joint, where = name.partition(JOINT)
        if joint and name not in known and where in known and what in known and kinds(known[what]):
            yield _crossed(name, known[what], known[where])


def _crossed(name: str, what: CasePlan, where: CasePlan) -> CasePlan:
    plain = replace(
        where,
        name=name,
        otherwise=(),
        crossed=True,
        may_refuse=what.may_refuse or where.may_refuse,
        most_seconds=_WORTH_S,
        only_if_accepted=True,
        follows=False,
        left_out="",
    )
    if what.values in _VALUES:
        return first_of(
            replace(
                plain,
                values=choice.values,
                seed=choice.seed,
                numbers=choice.numbers,
                along=choice.along,
                input=choice.input,
                scale=choice.scale,
                only_by_tolerance=choice.only_by_tolerance,
            )
            for choice in _choices(what)
        )
    return replace(plain, layouts=what.layouts)


def _choices(case: CasePlan) -> list[CasePlan]:
    """One for each of its kinds of values, the more telling first."""
    by_values: dict[str, CasePlan] = {}
    for choice in (case, *case.otherwise):
        by_values.setdefault(choice.values, choice)
    return [*by_values.values()]
