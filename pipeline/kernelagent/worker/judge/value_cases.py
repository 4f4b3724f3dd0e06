"""Cases of other values: of floats, integers and masks, and of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import at_edges, loud_and_quiet, signs_and_slopes
from kernelagent.worker.judge.bursts import BURSTS, WANTED_STEPS
from kernelagent.worker.judge.case_plan import WORTH_S, CasePlan, first_of
from kernelagent.worker.judge.case_sizes import SMALL_ELEMENTS, Sizes, elements, named
from kernelagent.worker.judge.few_of_a_kind import KINDS_OF_ROWS
from kernelagent.worker.judge.few_whole_numbers import FEW_WHOLE
from kernelagent.worker.judge.float_values import AROUND
from kernelagent.worker.judge.integer_magnitudes import MAGNITUDES
from kernelagent.worker.judge.integer_steps import INTEGER_STEPS
from kernelagent.worker.judge.integer_steps import TURNS as TURNS_OF_STEPS
from kernelagent.worker.judge.lone_events import EVENTS, places_of_events
from kernelagent.worker.judge.long_ways import LONG_WAYS, WAYS
from kernelagent.worker.judge.loud_and_quiet import LOUD_AND_QUIET
from kernelagent.worker.judge.near_integers import NEAR_INTEGERS, OFFSETS
from kernelagent.worker.judge.opposites import NEARLY_OPPOSITE, OPPOSITE, OPPOSITE_ROWS
from kernelagent.worker.judge.pivots import PIVOTS, TURNS
from kernelagent.worker.judge.rows_along import places_of_rows
from kernelagent.worker.judge.shares import KINDS_OF_MOVES, SHARES
from kernelagent.worker.judge.signs_and_slopes import SIGNS_AND_SLOPES
from kernelagent.worker.judge.value_kinds import INFINITE_SLICES, LONE_READINGS, NAN_SLICES, Values
from kernelagent.worker.judge.weights import KINDS
from kernelagent.worker.judge.yardstick import ROW
from kernelagent.worker.problem.sizes import shape_at


def spread(small: dict[str, int], seed: int) -> CasePlan:
    kinds: tuple[Values, ...] = ("signed", "positive")
    return first_of(CasePlan(f"{v}, heavy-tailed values", small, seed, values=v) for v in kinds)


def large(few: list[dict[str, int]]) -> CasePlan:
    kinds: tuple[Values, ...] = ("huge", "large")
    return first_of(CasePlan(f"{v} values", s, 16, values=v, kind="large values") for v in kinds for s in few)


def of_masks(few: list[dict[str, int]]) -> CasePlan:
    kinds: tuple[Values, ...] = ("full and empty masks", "full masks")
    return first_of(CasePlan(v, s, 19, values=v, only_if_accepted=True) for v in kinds for s in few)


def of_few_of_a_kind(problem: Problem, small: Sizes) -> Iterator[CasePlan]:
    """Along the last dimension, of masks along up to two others, of whole tensors. ``problem`` has masks or
    integers."""
    plain = CasePlan("few of a kind", small, 59, "few of a kind", only_if_accepted=True)
    masks = [shape_at(spec, small) for spec in problem.inputs if spec.dtype == "bool"]
    shapes = masks + [shape_at(spec, small) for spec in problem.inputs if spec.dtype.startswith(("int", "uint"))]
    rows = max((math.prod(shape[:-1]) for shape in shapes if shape), default=0)
    wanted = [replace(plain, name="few of a kind in each row", along=-1)] * (rows > 1)
    wanted += [replace(plain, name="two of a kind in each row", along=-1, turn=2)] * (1 < rows < KINDS_OF_ROWS)
    for along in (-2, -3):
        if any(len(shape) >= -along and shape[along] > _LEAST_ALONG for shape in masks):
            wanted.append(replace(plain, name=f"few of a kind along dimension {along}", along=along))
    wanted += [plain, replace(plain, name="few of another kind", turn=1)]
    kinds: tuple[Values, ...] = ("few of a kind", "two of a kind")
    yield from (first_of(replace(case, values=v) for v in kinds) for case in wanted)


def of_one_beside_a_number(problem: Problem, small: Sizes, compared: tuple[float, ...]) -> Iterator[CasePlan]:
    """``problem`` has floats. Once more for other kinds of rows, where there are fewer rows than kinds."""
    shapes = [shape_at(spec, small) for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))]
    rows = max(math.prod(shape[:-1]) for shape in shapes)
    kinds: tuple[Values, ...] = ("one beside a number", "one past a number")
    for turn, name in enumerate(("one of a row beside a number", "one of a row beside it otherwise")):
        if turn == 0 or rows < KINDS_OF_ROWS:
            plain = CasePlan(name, small, 60, numbers=compared, turn=turn, only_if_accepted=True)
            yield first_of(replace(plain, values=v) for v in kinds)


def of_rows_along(problem: Problem, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has floats. Once more for other kinds of rows, where there are fewer rows than kinds."""
    kinds = ((LOUD_AND_QUIET, loud_and_quiet.KINDS_OF_ROWS), (SIGNS_AND_SLOPES, signs_and_slopes.KINDS_OF_ROWS))
    for values, count in kinds:
        for sizes, along, rows in places_of_rows(problem, small):
            plain = CasePlan("", small, 63, values, along=along, only_if_accepted=True)
            for turn, which in ((0, ""), (rows, ", others")) if rows < count else ((0, ""),):
                at_least = replace(plain, name=f"{values}{which}, along dimension {along}", turn=turn)
                name = f"{named(sizes)}: {at_least.name}"
                grown = replace(at_least, name=name, sizes=sizes, may_refuse=True, most_seconds=WORTH_S)
                yield first_of([grown, at_least] if sizes != small else [at_least])


def of_bursts(problem: Problem, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has floats. Each once more, for what its rows leave unturned."""
    longer = {place[1]: place for place in places_of_rows(problem, small, WANTED_STEPS)}
    for sizes, along, _ in places_of_rows(problem, small):
        plain = CasePlan("", small, 64, BURSTS, along=along, only_if_accepted=True)
        grown = [longer[along][0]] if along in longer else []
        for turn, which in enumerate(("", ", others")):
            at_least = replace(plain, name=f"{BURSTS}{which}, along dimension {along}", turn=turn)
            yield first_of(
                replace(at_least, name=f"{named(s)}: {at_least.name}", sizes=s, may_refuse=True, most_seconds=WORTH_S)
                if s != small
                else at_least
                for s in (*grown, sizes, small)
            )


def of_large_integers(problem: Problem, base: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has integers. At the example's sizes, as below."""
    for turn, name in zip(range(TURNS_OF_STEPS), (INTEGER_STEPS, f"{INTEGER_STEPS}, of another input"), strict=True):
        yield _as_given(problem, base, CasePlan(name, small, 69, INTEGER_STEPS, turn=turn, only_if_accepted=True))
    for values in MAGNITUDES:
        yield _as_given(problem, base, CasePlan(values, small, 70, values, only_if_accepted=True))


def of_compared_floats(problem: Problem, base: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has floats. Equal ones at the example's sizes, as below."""
    floats = [spec for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))]
    yield _as_given(problem, base, CasePlan(FEW_WHOLE, small, 71, FEW_WHOLE, only_if_accepted=True))
    plain = CasePlan("inputs opposite each other", small, 72, OPPOSITE, only_if_accepted=True)
    if len({(spec.dims, spec.dtype) for spec in floats}) < len(floats):
        yield first_of([plain, replace(plain, name="inputs nearly opposite each other", values=NEARLY_OPPOSITE)])
    yield replace(plain, name=OPPOSITE_ROWS, values=OPPOSITE_ROWS)


def of_computed_at_edges(problem: Problem, base: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has floats."""
    for turn, which in zip(range(at_edges.TURNS), ("", ", others", ", further ones", ", yet others"), strict=True):
        plain = CasePlan(f"{at_edges.AT_EDGES}{which}", small, 73, at_edges.AT_EDGES, turn=turn, only_if_accepted=True)
        yield first_of(
            replace(plain, sizes=sizes, name=plain.name if not number else f"{plain.name}, at round sizes")
            for number, sizes in enumerate(at_edges.sizes_for(problem, base, small))
        )


def of_long_ways(problem: Problem, base: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """At the example's sizes, where that is cheap: there the ways are as long as a user's."""
    for turn, what in enumerate(WAYS):
        yield _as_given(problem, base, CasePlan(what, small, 65, LONG_WAYS, turn=turn, only_if_accepted=True))


def of_pivots(problem: Problem, base: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has floats. At the example's sizes, as above."""
    for turn, which in zip(range(TURNS), ("", ", others", ", further ones"), strict=True):
        plain = CasePlan(f"{PIVOTS}{which}", small, 66, PIVOTS, turn=turn, only_if_accepted=True)
        yield _as_given(problem, base, plain)


def of_shares(problem: Problem, base: Sizes, small: Sizes) -> Iterator[CasePlan]:
    """``problem`` has floats or integers. At the example's sizes, as above."""
    for turn in range(KINDS_OF_MOVES):
        name = f"{SHARES}, moved for the {turn + 1}. time" if turn else f"{SHARES}, moved"
        yield _as_given(problem, base, CasePlan(name, small, 67, SHARES, turn=turn, only_if_accepted=True))


def of_lone_events(problem: Problem, small: Sizes, constants: tuple[int, ...]) -> Iterator[CasePlan]:
    """``constants``: numbers of the kernel's file that may be sizes of its blocks."""
    for sizes, number, along, values, turn in places_of_events(problem, small, constants):
        what = values if values == LONE_READINGS else EVENTS[turn]
        name = f"{what}, in {problem.inputs[number].name} along dimension {along}"
        at_least = CasePlan(name, sizes, 68, values, input=number, along=along, turn=turn, only_if_accepted=True)
        grown = replace(at_least, name=f"{named(sizes)}: {name}") if sizes != small else at_least
        yield replace(grown, may_refuse=sizes != small, most_seconds=WORTH_S)


def _as_given(problem: Problem, base: Sizes, at_least: CasePlan) -> CasePlan:
    sizes = base if elements(problem, base) <= SMALL_ELEMENTS else at_least.sizes
    as_given = replace(at_least, sizes=sizes, most_seconds=WORTH_S)
    return first_of([as_given, at_least] if sizes != at_least.sizes else [at_least])


def of_floats(problem: Problem, small: dict[str, int], few: list[dict[str, int]]) -> Iterator[CasePlan]:
    counts = any(
        spec.dtype.startswith(("int", "uint")) for spec in problem.outputs
    )  # most of what is huge fits no integer
    for name, values in _SPECIAL.items():
        kind = name if name in _KINDS else ""
        yield first_of(CasePlan(name, s, 17, values=v, kind=kind) for v in values for s in few)
    floats = [spec for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))]
    if len(floats) > 1:
        met: Values = "infinities that meet"
        yield first_of(CasePlan(met, s, 31, values=met) for s in (small, *few))
    if len({(spec.dims, spec.dtype) for spec in floats}) < len(floats):
        near: Values = "near each other"
        yield CasePlan("inputs near each other", small, 58, values=near, only_if_accepted=True)
    weights: tuple[Values, ...] = ("rows of the weights", "numbers of the weights")
    for v in weights if problem.state else ():
        yield CasePlan(f"{v} among inputs", small, 61, values=v, only_if_accepted=True)
    up, down = INFINITE_SLICES
    several = range(min(len(floats), 3))
    for number, whole in [(0, up), *((n, down) for n in several), *((n, NAN_SLICES) for n in several)]:
        kind = whole if whole == down else ""
        plain = CasePlan(f"{whole} in {floats[number].name}", small, 31, whole, only_if_accepted=True, kind=kind)
        yield first_of(replace(plain, sizes=s, input=number) for s in (small, *few))
    for name, values in _MAGNITUDES.items():
        yield first_of(CasePlan(name, s, 18, values=v) for v in (values[1:] if counts else values) for s in few)
    yield CasePlan(_TOGETHER, small, 18, values=_TOGETHER, only_by_tolerance=True, only_if_accepted=True)
    top: Values = "up to the largest number"
    yield CasePlan(top, small, 18, values=top, only_if_accepted=True)
    around: Values = "slices around one value"
    # a row, as the yardstick takes them, for each of the numbers
    of_rows = (s for s, along, _ in places_of_rows(problem, small, ROW, len(AROUND)) if along == -1)
    yield first_of(CasePlan(around, s, 18, values=around) for s in (*of_rows, small, *few))
    yield CasePlan("values at ties", small, 19, values="ties", only_if_accepted=True)
    scaled: tuple[Values, ...] = ("halves of a scale", "halves of a given scale")
    yield from (CasePlan(halves, small, 19, values=halves, only_if_accepted=True) for halves in scaled)
    ends: Values = "ends of the range"
    yield first_of(CasePlan(ends, s, 30, values=ends, only_if_accepted=True) for s in few)
    looked: tuple[Values, ...] = ("rows of numbers looked for", "numbers looked for")
    yield first_of(CasePlan("numbers looked for", small, 19, values=v, only_if_accepted=True) for v in looked)


def of_complex(small: dict[str, int], few: list[dict[str, int]]) -> Iterator[CasePlan]:
    """By real and imaginary parts, where no float comes in: the cases of floats do the same to what is complex."""
    for name in ("zeros and denormals", "zeros that meet", "infinities"):
        yield first_of(CasePlan(name, s, 17, values=v) for v in _SPECIAL[name] for s in (small, *few))
    for name, values in _MAGNITUDES.items():
        yield first_of(CasePlan(name, s, 18, values=v) for v in values for s in (small, *few))


def of_integers(small: dict[str, int], few: list[dict[str, int]]) -> Iterator[CasePlan]:
    for number, (name, values) in enumerate(_INTEGERS.items()):
        at = [small, *few] if name in ("indices to the end", "zeros among integers") else few
        yield first_of(CasePlan(name, s, 22 + number, values=v, only_if_accepted=True) for v in values for s in at)
    yield CasePlan("integers at ties", small, 28, values="integers at ties", only_if_accepted=True)
    narrowed: Values = "integers at ties, narrowed"
    yield CasePlan("integers that narrower types take for others", small, 28, narrowed, only_if_accepted=True)
    for name, offset in OFFSETS.items():
        yield CasePlan(name, small, 28, NEAR_INTEGERS, numbers=(float(offset),), only_if_accepted=True)


def of_nothing_but_an_integer(small: dict[str, int]) -> Iterator[CasePlan]:
    """Of two of those that the module looks for."""
    for turn, name in enumerate(("integers that are all one looked for", "integers that are all another looked for")):
        yield CasePlan(name, small, 28, values="nothing but an integer", turn=turn, only_if_accepted=True)


def of_numbers_of_the_kernel(small: dict[str, int], compared: tuple[float, ...]) -> Iterator[CasePlan]:
    if compared:
        name = "numbers in the kernel's text"
        yield CasePlan(name, small, 42, "numbers of the kernel", numbers=compared, only_if_accepted=True)


def of_weights(small: dict[str, int], few: list[dict[str, int]], seed: int) -> Iterator[CasePlan]:
    """``seed``: of the case with plain values of which they repeat the inputs."""
    yield CasePlan("other weights", small, seed, weights=1)
    for number, name in ((2, "weights of either sign"), (3, "weights of all magnitudes")):
        yield first_of(CasePlan(name, s, seed, weights=number) for s in few)
    for number, name in ((4, "weights with slices of zeros"), (5, "weights as they are made")):
        yield first_of(CasePlan(name, s, seed, weights=number, only_if_accepted=True) for s in few)
    name = "positive weights and values"
    yield CasePlan(name, small, seed, values="positive", weights=KINDS.index("positive"), only_if_accepted=True)


_LEAST_ALONG = 2
"""Places of a mask up to which one of them is one of few by chance."""
_MAGNITUDES: dict[str, tuple[Values, ...]] = {
    "slices of every magnitude": ("slices of every magnitude", "slices of many magnitudes"),
    "elements of every magnitude": ("elements of every magnitude", "elements of many magnitudes"),
}
_TOGETHER: Values = "slices that grow small together"
_INTEGERS: dict[str, tuple[Values, ...]] = {
    "large integers": ("large integers", "larger integers"),
    "indices to the end": ("indices to the end",),
    "negative integers": ("negative integers",),
    "ignored integers": ("ignored integers",),
    "zeros among integers": ("rows of zeros among integers", "zeros among integers"),
}
_SPECIAL: dict[str, tuple[Values, ...]] = {
    "equal values": ("equal", "equal, positive"),
    "values far from zero": ("far", "less far"),
    "zeros and denormals": ("denormal",),
    "zeros that meet": ("zeros that meet",),
    "whole numbers": ("whole numbers",),
    "infinities": ("infinity",),
    "NaN": ("nan",),
}
"""Name of a case → kinds of values for it, the more telling first."""
_KINDS = ("values far from zero", "infinities", "NaN")
"""Those that are tried with other arguments, too."""
