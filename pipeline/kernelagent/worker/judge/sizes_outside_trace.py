"""Sizes at which the module may do something else than what its example went through, and those that its trace takes
for fixed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.case_sizes import PAST_ELEMENTS, Sizes, elements, odd
from kernelagent.worker.problem.sizes import evaluate_dim, fit, place

_MOST_NOT_FREE = 4


def beyond_the_trace(problem: Problem) -> list[tuple[Sizes, str]]:
    """Sizes at which the module may do something else than what its example went through: past the ends of what its
    trace allows, between its steps, where a comparison of sizes comes out otherwise. Each with the reason."""
    small = odd(problem)
    found: list[tuple[Sizes, str]] = []
    for free in problem.free_sizes:
        if free.maximum is not None:
            found.append((small | {free.symbol: free.maximum + 1}, f"past {free.symbol} = {free.maximum}"))
            steps = -(-(2 * free.maximum + 3) // free.multiple_of)
            well_past = small | {free.symbol: steps * free.multiple_of}  # what cuts may cut nothing off just past it
            if elements(problem, well_past) <= PAST_ELEMENTS:
                found.append((well_past, f"well past {free.symbol} = {free.maximum}"))
        if (below := free.minimum - free.multiple_of) > 0:  # between two steps halves may broadcast by chance
            found.append((small | {free.symbol: below}, f"below {free.symbol} = {free.minimum}"))
        if free.multiple_of > 1:
            between = fit(free, small[free.symbol]) + 1
            found.append((small | {free.symbol: between}, f"no multiple of {free.multiple_of}"))
    found += [(small | comparison.fails_at, f"{comparison.fails}") for comparison in problem.comparisons]
    return found


def not_free(
    problem: Problem, constants: Iterable[int], own: Iterable[int], products: Iterable[int] = ()
) -> list[list[Sizes]]:
    """Other sizes of the dimensions that no symbol stands for: a module that loops over one, or that does not export,
    may take it as it comes. Past a number of the kernel's file where that is cheap, else one more; past a number of the
    module's ``own``, such as the length of its chunks; few, but not one, which broadcasts; and each of ``products``, at
    which it rounds one. Dimensions of one size together first, with free ones that happen to be as large in the
    example, then one by one. Whoever asks leaves out what the module refuses."""
    places: dict[int, list[str]] = {}
    for spec in problem.inputs:
        dims = spec.dims if len(spec.dims) == len(spec.shape) else tuple(map(str, spec.shape))
        for axis, dim in enumerate(dims):
            if dim.isdecimal() and int(dim) > 1:
                places.setdefault(int(dim), []).append(place(spec, axis))
    small = odd(problem)
    found: list[list[Sizes]] = []
    for size, named_places in itertools.islice(places.items(), _MOST_NOT_FREE):
        as_large = [free.symbol for free in problem.free_sizes if free.example == size]
        groups = [[*named_places, *as_large], named_places, *([p] for p in named_places if len(named_places) > 1)]

        def choices(sizes: Iterable[int], groups: list[list[str]] = groups) -> list[Sizes]:
            tried = (small | dict.fromkeys(group, other) for other in sizes for group in groups)
            return [sizes for sizes in tried if elements(problem, sizes) <= PAST_ELEMENTS]

        def past(numbers: Iterable[int], size: int = size) -> list[int]:
            return [2 * n + 1 for n in sorted(set(numbers), reverse=True) if n >= size]

        fewer = [n for n in (5, 3, 2) if n < size][:1]
        found += [choices([*past(constants), size + 1]), choices(past(own)), choices(fewer)]
        found += [choices([number]) for number in products if number != size]
    return [tried for tried in found if tried]


def keeps_comparisons(problem: Problem, sizes: Mapping[str, int]) -> bool:
    """Whether the module's trace holds at these sizes, as far as its comparisons tell."""
    return all(evaluate_dim(comparison.holds, sizes) for comparison in problem.comparisons)
