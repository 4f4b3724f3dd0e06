"""Cases of other layouts: strides, alignment, dimensions of one place, one tensor for several inputs."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import case_sizes
from kernelagent.worker.judge.case_plan import CasePlan, first_of
from kernelagent.worker.judge.case_sizes import named
from kernelagent.worker.judge.layouts import Layout

_ALIKE: tuple[Layout, Layout] = ("transposed", "sliced")
_MOST_ONES = 3
_ALONE = 4
"""Of so many inputs each is contiguous beside others that are not."""


def strided(problem: Problem, few: list[dict[str, int]]) -> Iterator[CasePlan]:
    """Every input in every layout over the cases, in another one than its neighbours; then all in the same, and each as
    it comes beside others that are not: a kernel may ask one of several how all of them lie."""
    dims = [len(spec.shape) for spec in problem.inputs if spec.shape]
    layouts: tuple[Layout, ...] = ("transposed", "sliced", "expanded", "padded")
    if any(n in (4, 5) for n in dims):
        layouts += ("channels last",)
    whole = [*case_sizes.whole(problem), *few]
    for number, first in enumerate(layouts):
        turned = layouts[number:] + layouts[:number]
        name = f"strided inputs: {', '.join(turned[: max(len(dims), 1)])}"
        sizes = whole if first in ("sliced", "padded") else few
        kind = f"strided: {first}" if first in _ALIKE else ""
        yield first_of(CasePlan(name, s, 12 + number, layouts=turned, kind=kind) for s in sizes)
    if any(n > 2 for n in dims):
        yield first_of(CasePlan("strided inputs: all permuted", s, 41, layouts=("permuted",)) for s in few)
    if len(dims) < 2:
        return
    for number, alike in enumerate(_ALIKE):
        name = f"strided inputs: all {alike}"
        yield first_of(CasePlan(name, s, 42 + number, layouts=(alike,)) for s in few)
    for number in range(min(len(dims), _ALONE)):
        mixed = tuple("" if place == number else _ALIKE[number % 2] for place in range(len(dims)))
        name = f"strided inputs: all {_ALIKE[number % 2]} but the {number + 1}."
        yield first_of(CasePlan(name, s, 44 + number, layouts=mixed) for s in few)


def of_one_place(problem: Problem) -> Iterator[CasePlan]:
    """Strides that mean nothing: how far rows lie from each other is not the stride of the only one."""
    for number, sizes in enumerate(case_sizes.ones(problem)[:_MOST_ONES]):
        name = f"{named(sizes)}: one place, of any stride" if sizes else "dimensions of one place, of any stride"
        yield CasePlan(name, sizes, 54 + number, layouts=("loose",), only_if_accepted=True, kind="one place")


def of_one_tensor(problem: Problem, small: dict[str, int]) -> Iterator[CasePlan]:
    alike = [(spec.dims, spec.dtype) for spec in problem.inputs if spec.shape]
    if len(set(alike)) < len(alike):
        yield CasePlan("one tensor for several inputs", small, 57, values="shared", only_if_accepted=True)


def unaligned(few: list[dict[str, int]]) -> CasePlan:
    return first_of(CasePlan("unaligned inputs", s, 20, layouts=("offset",), may_refuse=True) for s in few)
