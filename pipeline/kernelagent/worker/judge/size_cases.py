"""Cases of other sizes: small, odd, empty, around the numbers in the kernel's file and the module's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import case_sizes, sizes_outside_trace
from kernelagent.worker.judge.case_plan import PAST_OWN_S, WORTH_S, CasePlan, first_of
from kernelagent.worker.judge.case_seeds import Seeds
from kernelagent.worker.judge.case_sizes import Sizes, named
from kernelagent.worker.judge.infinite_runs import MOST_INPUTS, floats_of, grown_along
from kernelagent.worker.judge.measured import cheap_at, sizes_around
from kernelagent.worker.judge.module_numbers import OwnNumbers
from kernelagent.worker.judge.runs_of_values import RUNS, places_of_runs
from kernelagent.worker.judge.value_kinds import INFINITE_RUNS, Values


def of_other_seeds(problem: Problem, base: Sizes, small: Sizes, seed: Seeds) -> Iterator[CasePlan]:
    """At the example's sizes, too, where that is cheap: of what is seen there alone nothing else would be tried."""
    yield CasePlan("another seed", small, seed(2))
    if small != base:
        is_cheap = case_sizes.elements(problem, base) <= case_sizes.MUCH
        yield CasePlan("a third seed", base if is_cheap else small, seed(3))


def plain(problem: Problem, base: Sizes, steady: Sizes | None, seed: Seeds) -> Iterator[CasePlan]:
    """Sizes that need no number of a file to be worth it, and the least and the most that the trace allows."""
    sizes = [[case_sizes.one_more(problem, steady)]] if steady is not None else []
    sizes += case_sizes.other(problem, base)
    for number, choices in enumerate([*sizes, *case_sizes.past_blocks(problem)]):
        yield first_of(CasePlan(named(choice), choice, seed(4 + number)) for choice in choices)
    for edge, number, v in zip(case_sizes.edges(problem), (51, 52), _EDGE_VALUES, strict=False):
        yield CasePlan(f"{named(edge)}{', tiny values' if v == 'tiny' else ''}", edge, seed(number), values=v)


def around_numbers(
    problem: Problem, constants: Iterable[int], covered: Sizes, seed: Seeds, compared: tuple[float, ...], turns: bool
) -> Iterator[CasePlan]:
    """Past the numbers in the kernel's file, where they are not ``covered``; what comes to light there alone; at the
    numbers themselves and at whole multiples of them. ``turns``: there are arguments to turn the order of blocks."""
    past, _ = case_sizes.past_constants(problem, constants, covered)
    wanted = [(sizes, f"past the kernel's {constant}") for sizes, constant in past]
    yield from _at_sizes(problem, seed, 100, wanted, "past a block")
    for sizes, constant in case_sizes.past_constants(problem, constants, {})[0]:
        yield from _beyond(problem, sizes, f"{named(sizes)}: past the kernel's {constant}", turns, compared)
    wanted = [(sizes, f"the kernel's {constant}") for sizes, constant in case_sizes.at_constants(problem, constants)]
    yield from _at_sizes(problem, seed, 200, wanted)
    yield from _at_sizes(problem, seed, 300, case_sizes.whole_blocks(problem, constants), "whole blocks")


def past_own_numbers(problem: Problem, own: OwnNumbers, covered: Sizes, seed: Seeds) -> Iterator[CasePlan]:
    """Just past the numbers that the module measures along a size: these come before what may use up the time."""
    for case in _at_sizes(problem, seed, 800, sizes_around(problem, own.measured, covered)[0]):
        otherwise = tuple(replace(choice, most_seconds=PAST_OWN_S) for choice in case.otherwise)
        yield replace(case, most_seconds=PAST_OWN_S, otherwise=otherwise)


def around_own_numbers(
    problem: Problem, own: OwnNumbers, covered: Sizes, small: Sizes, seed: Seeds
) -> Iterator[CasePlan]:
    """Well past the numbers that the module measures along a size or counts to, below the integers that it is given,
    where its places round; and the numbers that are too large for any."""
    _, measured, dear = sizes_around(problem, own.measured, covered)
    yield from _at_sizes(problem, seed, 900, measured)
    past, beyond = case_sizes.past_constants(problem, own.counted, covered)
    yield from _at_sizes(problem, seed, 400, [(sizes, f"past the module's {number}") for sizes, number in past])
    few = [(sizes, "below the module's numbers") for sizes in case_sizes.below(problem, own.given)]
    yield from _at_sizes(problem, seed, 500, few, "below a given number")
    yield from _at_sizes(problem, seed, 600, [(s, "a place is rounded") for s in own.rounding])
    rounded = [(sizes, "a product with a float is rounded") for sizes in case_sizes.each_at(problem, own.products)]
    yield from _at_sizes(problem, seed, 700, rounded)
    if problem.free_sizes and (left := sorted({*beyond, *dear})):
        name = f"Sizes above {', '.join(f'{n:,}' for n in left[:_MOST_NAMED])}, of the module's own numbers"
        yield CasePlan(name, small, 28, left_out=_TOO_LONG)


def unreached(problem: Problem, own: OwnNumbers, small: Sizes, planned: Iterable[CasePlan]) -> Iterator[CasePlan]:
    """Of numbers that show only past some size those which no case of ``planned`` comes to."""
    sizes = [choice.sizes for case in planned if not case.left_out for choice in (case, *case.otherwise)]
    for free in problem.free_sizes:
        largest = max((of_case.get(free.symbol, 0) for of_case in sizes), default=0)
        words = dict.fromkeys(m.told for m in own.measured if m.symbol == free.symbol and m.reach >= largest and m.told)
        for told in list(words)[:_MOST_NAMED]:
            why = f"no {free.where or free.symbol} above {largest:,} was tried"
            yield CasePlan(f"The module's {told}", small, 28, left_out=why)


def of_large_sums(problem: Problem, own: OwnNumbers, small: Sizes) -> Iterator[CasePlan]:
    """Large integers, so many that their sums are past what float32 counts to."""
    for measure in own.sums:
        free = next(f for f in problem.free_sizes if f.symbol == measure.symbol)
        name = f"sums of integers past {measure.number:,}"
        if (sizes := cheap_at(problem, free, 2 * measure.reach + 1, case_sizes.PAST_ELEMENTS)) is None:
            why = f"{free.where or free.symbol} would have to be {measure.reach:,}, too much for the interpreter"
            yield CasePlan(name.capitalize(), small, 28, left_out=why)
        else:
            plain = CasePlan(f"{named(sizes)}: {name}", sizes, 63, "large integers", only_if_accepted=True)
            yield replace(plain, may_refuse=True, most_seconds=WORTH_S)


def runs_of_values(problem: Problem, own: OwnNumbers, small: Sizes) -> Iterator[CasePlan]:
    """Where the module counts how long values stay on one side of a number."""
    if not own.runs:
        return
    plain = CasePlan("", {}, 62, RUNS, only_if_accepted=True, numbers=tuple(map(float, own.runs)))
    longest = 0
    for sizes, along, length in places_of_runs(problem, small, own.runs):
        longest = max(longest, length)
        name = f"runs of {length + 1} on either side of a number, along dimension {along}"
        if sizes == small:
            yield replace(plain, name=name, sizes=sizes, along=along)
        else:
            grown = replace(plain, name=f"{named(sizes)}: {name}", sizes=sizes, along=along)
            yield replace(grown, may_refuse=True, most_seconds=WORTH_S)
    if longest < own.runs[0]:
        name = f"Runs of {own.runs[0]:,} values on one side of a number, which the module may count to"
        yield CasePlan(name, small, 62, left_out="no input of a size that is cheap enough has room for them")


def of_many_blocks(
    problem: Problem, constants: Iterable[int], groups: Iterable[int], persistent: bool, small: Sizes
) -> Iterator[CasePlan]:
    """Sums of very many numbers in 16 bits; grids of several programs along two sizes, in groups, or one after the
    other."""
    if any(spec.dtype in ("float16", "bfloat16") for spec in problem.inputs):
        plain = CasePlan("", small, 34, "positive", 1 / 64, may_refuse=True, most_seconds=WORTH_S)  # sums stay finite
        for sizes, constant in case_sizes.past_many(problem, constants):
            yield replace(plain, name=f"{named(sizes)}: many of the kernel's {constant}", sizes=sizes)
    together = case_sizes.past_constants_together(problem, constants, groups)
    together += case_sizes.past_programs(problem, constants) if persistent else []
    for sizes, why in together:
        yield CasePlan(f"{named(sizes)}: {why}", sizes, 29, may_refuse=True, most_seconds=WORTH_S)


def above(problem: Problem, constants: Iterable[int], covered: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """What is left out: sizes past a number in the kernel's file that is too large."""
    _, beyond = case_sizes.past_constants(problem, constants, covered)
    if beyond and problem.free_sizes:
        name = f"Sizes above {beyond[0]:,}, a number in the kernel's file"
        yield CasePlan(name, small, 27, left_out=_TOO_LONG)


def empty(problem: Problem) -> Iterator[CasePlan]:
    for sizes in case_sizes.none(problem):
        yield CasePlan(f"{named(sizes)}: empty", sizes, 21, may_refuse=True)


def _at_sizes(
    problem: Problem, seed: Seeds, first: int, wanted: Iterable[tuple[Sizes, str]], kind: str = ""
) -> Iterator[CasePlan]:
    """One case for each of the sizes, their seeds numbered from ``first`` on."""
    for number, (sizes, why) in enumerate(wanted, first):
        plain = CasePlan("", {}, seed(number), may_refuse=True, most_seconds=WORTH_S, only_if_accepted=True, kind=kind)
        tried = case_sizes.or_twos(problem, sizes)
        yield first_of(replace(plain, name=f"{named(s)}: {why}", sizes=s) for s in tried)


def beyond_the_trace(problem: Problem, small: Sizes) -> Iterator[CasePlan]:
    for sizes, why in sizes_outside_trace.beyond_the_trace(problem):
        plain = CasePlan(f"{named(sizes)}: {why}", sizes, 35, may_refuse=True, only_if_accepted=True)
        if case_sizes.elements(problem, sizes) > case_sizes.PAST_ELEMENTS:
            yield CasePlan(f"Sizes such as {plain.name}", small, 35, left_out=_TOO_LONG)
        else:
            yield replace(plain, most_seconds=WORTH_S)


def not_free(small: Sizes, wanted: Iterable[list[Sizes]]) -> Iterator[CasePlan]:
    plain = CasePlan("", small, 36, may_refuse=True, only_if_accepted=True, most_seconds=WORTH_S)
    for choices in wanted:
        yield first_of(replace(plain, name=named(sizes), sizes=sizes) for sizes in choices)


def _beyond(
    problem: Problem, sizes: Sizes, name: str, has_arguments: bool, compared: tuple[float, ...]
) -> Iterator[CasePlan]:
    """What comes to light only where a kernel goes on to a second block: strides by which its pointers move on, equal
    values in two blocks, a maximum that grows from one to the next, a mask that leaves out a whole one, an argument
    that turns the order of blocks around."""
    dtypes = {spec.dtype for spec in problem.inputs}
    plain = CasePlan(name, sizes, 33, may_refuse=True, most_seconds=WORTH_S, only_if_accepted=True, kind="past a block")
    if any(len(spec.shape) > 1 for spec in problem.inputs):
        yield replace(plain, name=f"{name}, strided", layouts=("transposed", "sliced"))
    if any(dtype.startswith(("float", "bfloat")) for dtype in dtypes):
        equal: tuple[Values, ...] = ("equal", "equal, positive")
        yield first_of(replace(plain, name=f"{name}, equal values", values=v) for v in equal)
        yield replace(plain, name=f"{name}, values that step", values="steps", numbers=compared)
    if "bool" in dtypes:
        yield replace(plain, name=f"{name}, masks in runs", values="masks in runs")
    if any(dtype.startswith(("int", "uint")) for dtype in dtypes):
        yield replace(plain, name=f"{name}, zeros in runs", values="zeros in runs among integers")
        yield replace(plain, name=f"{name}, integers that step", values="integers that step")
    if has_arguments:
        yield replace(plain, name=f"{name}, other arguments", values="one more of all, and turned")


def infinite_runs(problem: Problem, constants: Iterable[int]) -> Iterator[CasePlan]:
    """For each floating input, and each size along which it is longer than a block."""
    smallest = case_sizes.smallest(problem)
    for choices, block in case_sizes.with_whole_blocks_between(problem, constants):
        for number, spec in enumerate(floats_of(problem)[:MOST_INPUTS]):
            plain = CasePlan("", {}, 33, INFINITE_RUNS, input=number, numbers=(float(block),), may_refuse=True)
            plain = replace(plain, most_seconds=WORTH_S, only_if_accepted=True)
            grown = [(sizes, grown_along(spec, sizes, smallest, block)) for sizes in choices]
            tried = [
                replace(plain, name=f"{named(sizes)}: {INFINITE_RUNS} of {spec.name}", sizes=sizes, along=along)
                for sizes, along in grown
                if along is not None
            ]
            if tried:
                yield first_of(tried)


_EDGE_VALUES: tuple[Values, ...] = ("tiny", "example")
_MOST_NAMED = 4
_TOO_LONG = "the interpreter would take too long for them"
