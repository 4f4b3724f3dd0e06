"""Which further cases a kernel has to meet: kinds of values and strides on each of the ways that its file has.

A kernel may have one way for rows that are contiguous and another for those that are not, one for small sizes and one
for large. That each was taken tells nothing of values that only the other one met. So each way that some cases took and
others did not is tried with every kind of values and of strides (``worker/judge/crossed.py``) that it has not met, at
the sizes of the cheapest case that took it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kernelagent.contract.crossing import JOINT, LAYOUTS
from kernelagent.driver.evidence import Evidence, Execution

MOST = 48
"""Cases that are added; how many were left is said."""


@dataclass(frozen=True)
class _Met:
    """One case, as far as it tells which ways it took."""

    name: str
    kinds: frozenset[str]
    plain_values: bool
    plain_layout: bool
    ones: int
    """Sizes of one: they tell little of strides, and of what is summed up."""
    cost: int
    ways: frozenset[str]


def crossings(evidence: Evidence) -> tuple[list[str], int]:
    """Names of the cases to add, and how many more there would be."""
    met = _met(evidence)
    source: dict[str, str] = {}
    for case in met:
        for kind in case.kinds:
            if len(case.kinds) == 1:
                source.setdefault(kind, case.name)
    taken: dict[str, list[_Met]] = defaultdict(list)
    for case in met:
        for way in case.ways:
            taken[way].append(case)
    done: dict[str, set[str]] = {way: {k for case in cases for k in case.kinds} for way, cases in taken.items()}
    names: dict[str, None] = {}
    for way in sorted((way for way in taken if len(taken[way]) < len(met)), key=lambda way: (len(taken[way]), way)):
        for kind, what in source.items():
            if kind in done[way]:
                continue
            base = _cheapest(taken[way], kind)
            if base is None or base.name == what:
                continue
            names[f"{what}{JOINT}{base.name}"] = None
            for other in base.ways:
                done[other].add(kind)
    return [*names][:MOST], max(len(names) - MOST, 0)


def _met(evidence: Evidence) -> list[_Met]:
    """The cases that were run to their end and are known by name alone, each once."""
    ways: dict[int, set[str]] = defaultdict(set)
    executions: tuple[Execution | None, ...] = (evidence, evidence.interpreted)
    for run in (run for execution in executions if execution is not None for run in execution.runs):
        if run.error is None and not run.turn:
            ways[run.case] |= {*run.ways, *(f"launched {kernel}" for kernel in run.kernels)}
    cases = ((evidence.case(number), took) for number, took in sorted(ways.items()))
    return [_one(case, frozenset(took)) for case, took in cases if _may_be_used(case)]


def _may_be_used(case: dict[str, Any]) -> bool:
    return bool(case["planned"] and not case["empty"] and not case["follows"])


def _one(case: dict[str, Any], ways: frozenset[str]) -> _Met:
    values, layouts = case["values"] == "example", not case["layouts"]
    sizes = [*case["sizes"].values()]
    return _Met(case["name"], frozenset(case["kinds"]), values, layouts, sizes.count(1), math.prod(sizes), ways)


def _cheapest(cases: list[_Met], kind: str) -> _Met | None:
    """The case that can be had with ``kind`` besides, one with nothing else of its own first."""
    if kind in LAYOUTS:
        usable = [case for case in cases if case.plain_layout]
    else:
        usable = [case for case in cases if case.plain_values]
    return min(usable, key=lambda c: (c.ones, not (c.plain_values and c.plain_layout), c.cost), default=None)


def told_of_left(evidence: Evidence) -> Iterator[str]:
    if evidence.crossings_left:
        yield (
            "Kinds of values and of strides on ways of the kernel's file that have not met them: "
            f"{evidence.crossings_left} more cases, for which there was no room."
        )


def add(first: Evidence, further: Evidence) -> None:
    """What came of the ``further`` cases, as if they had been among the ``first`` ones."""
    known = len(first.reference["cases"])
    first.reference["cases"] += further.reference["cases"]
    _join(first, further, known)
    if first.interpreted is not None and further.interpreted is not None:
        _join(first.interpreted, further.interpreted, known)
    for name in ("results", "randomness"):
        of_cases = [{**entry, "case": entry["case"] + known} for entry in further.comparison.get(name, [])]
        first.comparison.setdefault(name, []).extend(of_cases)
    first.compiled += further.compiled
    first.uncompiled.update(further.uncompiled)
    first.compile_error = first.compile_error or further.compile_error


def _join(first: Execution, further: Execution, known: int) -> None:
    first.runs += [replace(run, case=run.case + known) for run in further.runs]
    if further.report is None:
        first.report, first.death = None, further.death
    elif first.report is not None:
        first.report = replace(
            first.report,
            error=first.report.error or further.report.error,
            rounded_sums=(*first.report.rounded_sums, *further.report.rounded_sums),
            jumps=(*first.report.jumps, *(replace(j, case=j.case + known) for j in further.report.jumps)),
        )
