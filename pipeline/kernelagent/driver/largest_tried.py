"""How large the largest inputs were that any case had, and what of the kernel's file goes by a larger number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kernelagent.driver.evidence import Evidence

_MOST_TOLD = 3
"""Numbers of one file."""


def beyond_the_largest(evidence: Evidence) -> Iterator[str]:
    """None where the module takes no other sizes."""
    cases = [evidence.case(run.case) for run in evidence.telling]
    sizes = [size for case in cases for size in case["sizes"].values()]
    elements = max((_elements(shape) for case in cases for shape in case["shapes"].values()), default=0)
    if not sizes or not elements:
        return
    largest = max(sizes)
    where = f"Inputs of more than {elements:,} elements"
    if largest != elements and not evidence.larger_there:
        where = f"Sizes above {largest:,}, and inputs of more than {elements:,} elements"
    past = [(number, line) for number, line in evidence.static.get("capacities", []) if number > elements]
    told = ", ".join(f"{number:,} (line {line})" for number, line in past[:_MOST_TOLD])
    more = f" and {len(past) - _MOST_TOLD} more" if len(past) > _MOST_TOLD else ""
    yield f"{where}{f'; the kernel holds something against {told}{more}, which none reached' if past else ''}."
    yield from _without_a_symbol(evidence)


def _without_a_symbol(evidence: Evidence) -> Iterator[str]:
    """Which sizes were tried of those that the module's trace takes for fixed, where it takes others all the same."""
    cases = [evidence.case(run.case)["sizes"] for run in evidence.telling]
    places: dict[tuple[int, ...], list[str]] = {}
    for fixed in evidence.fixed_sizes:
        tried = tuple(sorted({fixed.at(sizes) for sizes in cases}))
        if len(tried) > 1:
            places.setdefault(tried, []).append(fixed.where)
    for tried, where in places.items():
        *others, last = map(str, tried)
        yield f"Sizes of {', '.join(where)} other than {', '.join(others)} and {last}."


def _elements(shape: str) -> int:
    """``4x9x48 float32``"""
    extents = shape.partition(" ")[0]
    return math.prod(int(extent) for extent in extents.split("x")) if extents != "scalar" else 1
