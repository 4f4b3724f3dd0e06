"""Which inputs the kernel is judged on: other seeds, sizes, magnitudes, strides and weights.

A wrong kernel that is right on the example must meet a case on which it is wrong. Sizes are tried where kernels break
(``case_sizes``). Sizes, magnitudes and layouts share cases where one of them alone tells nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import case_sizes, sizes_outside_trace
from kernelagent.worker.judge.arguments import FAR, Changed, beside_others
from kernelagent.worker.judge.case_seeds import seed_of
from kernelagent.worker.judge.case_sizes import named
from kernelagent.worker.judge.case_values import INFINITE_SLICES, NAN_SLICES, Values
from kernelagent.worker.judge.layouts import Layout
from kernelagent.worker.judge.module_numbers import NO_NUMBERS, OwnNumbers
from kernelagent.worker.judge.weights import KINDS
from kernelagent.worker.problem import base_sizes

HEAVY, VERY_HEAVY = 1 << 20, 1 << 23
"""Elements that no choice of sizes makes fewer, such as weights. The interpreter needs a second or more for a million
of them in products, so from these on the less telling cases are left out, and named in the verdict."""


AFTER_A_CALL, AFTER_MANY, COUNTED_FAR, AT_A_NUMBER = (len(KINDS) + n for n in range(4))
"""Numbers of the sets of weights that one call leaves, and many, and more than a float32 counts to, and from which on
counters are about to reach numbers of the module's own."""
IN_A_ROW = len(KINDS) + 10
"""From which on the module is what calls of it in a row have left (``kept_attributes.py``)."""


WORTH_S = 8.0
"""Of processor time, for a case that only goes past a number of the kernel's."""


@dataclass(frozen=True)
class CasePlan:
    """One set of inputs and weights."""

    name: str
    sizes: dict[str, int]
    seed: int
    values: Values = "example"
    scale: float = 1.0
    """The values are multiplied by it."""
    around: float = 0.0
    """Where all values lie, for ``around a number``."""
    numbers: tuple[float, ...] = ()
    """What is put into the inputs, for ``numbers of the kernel``, and how far ``steps`` go."""
    arguments: Values = "example"
    """How arguments that are no tensors are changed besides."""
    argument: int | None = None
    """Number of the argument that alone is changed, of those that are no tensors; ``None``: all are."""
    input: int = 0
    """Number of the floating input that alone is changed, for slices of infinity and NaN."""
    layouts: tuple[Layout, ...] = ()
    """The inputs take them in turn, so that no two that follow each other have the same; empty: as they are."""
    weights: int = 0
    """Number of the set of weights."""
    may_refuse: bool = False
    """A kernel that raises on it refuses it, which is said; a wrong result is wrong."""
    most_seconds: float = 0.0
    """Of processor time that it is worth; 0: as long as it takes. A kernel that takes longer is not blamed."""
    otherwise: tuple[CasePlan, ...] = ()
    """What to try, in this order, where the module itself refuses these inputs."""
    only_if_accepted: bool = False
    """What the module itself refuses is not asked of a kernel, and that is no gap."""
    follows: bool = False
    """It is called on the very module that the case before it was, as that left it."""
    left_out: str = ""
    """Why it is not run; empty: it is."""


def plan(
    problem: Problem,
    profile: str,
    constants: Iterable[int] = (),
    arguments: Iterable[Changed] = (),
    groups: Iterable[int] = (),
    persistent: bool = False,
    steady: case_sizes.Sizes | None = None,
    own: OwnNumbers = NO_NUMBERS,
    kernel_sha256: str = "",
    compared: tuple[float, ...] = (),
) -> list[CasePlan]:
    """The cases of ``problem``, the example first. Most are small: the interpreter takes its time for each program.

    ``constants``: numbers in the kernel's file that may be sizes of its blocks. ``arguments``: what changes
    arguments of ``forward`` which are no tensors. ``groups``: small numbers in a file whose kernels put their programs
    into another order. ``persistent``: the programs of a kernel take several blocks in turn. ``steady``: the smallest
    sizes that tell something, where they are not the smallest (``steady.py``). ``own``: the module's.
    ``kernel_sha256``: of the kernel's file, from which cases of plain values take their seeds (``case_seeds.py``).
    ``compared``: what the kernel compares something with.
    """
    burden = _burden(problem)
    base, small = starting_sizes(problem)
    if steady is not None:
        base = small = steady
    if profile == "quick":
        return [CasePlan("example", small, 1)]
    seed = partial(seed_of, kernel_sha256)
    cases = [CasePlan("example", base, 1), *_of_other_seeds(problem, base, small, seed)]
    sizes = [[case_sizes.one_more(problem, steady)]] if steady is not None else []
    sizes += case_sizes.other(problem, base)
    for number, choices in enumerate([*sizes, *case_sizes.past_blocks(problem)]):
        cases.append(_first_of([CasePlan(named(choice), choice, seed(4 + number)) for choice in choices]))
    edges = case_sizes.edges(problem)
    cases += [
        CasePlan(f"{named(edge)}{', tiny values' if v == 'tiny' else ''}", edge, seed(number), values=v)
        for edge, number, v in zip(edges, (51, 52), _EDGE_VALUES, strict=False)
    ]
    spread: tuple[Values, ...] = ("signed", "positive")
    cases.append(_first_of(CasePlan(f"{v}, heavy-tailed values", small, seed(53), values=v) for v in spread))
    few = case_sizes.cheapest(problem, [*(sizes[0] if sizes else []), *edges, small])
    cases += [*_strided(problem, few), *_of_one_place(problem), *_of_one_tensor(problem, small)]
    cases.append(_first_of(CasePlan(f"{v} values", s, 16, values=v) for v in ("huge", "large") for s in few))
    if any(spec.dtype.startswith(("float", "bfloat")) for spec in problem.inputs):
        cases += _of_floats(problem, small, few)
    if any(spec.dtype == "bool" for spec in problem.inputs):
        kinds: tuple[Values, ...] = ("full and empty masks", "full masks")
        cases.append(_first_of(CasePlan(v, s, 19, values=v, only_if_accepted=True) for v in kinds for s in few))
    if any(spec.dtype.startswith(("int", "uint")) for spec in problem.inputs):
        cases += _of_integers(small, few)
    changes = tuple(arguments)
    cases += [*_of_numbers_of_the_kernel(small, compared), *_of_arguments(changes, small)]
    cases += _of_weights(small, few, seed(2)) if problem.state else []
    covered = {f.symbol: max(case.sizes[f.symbol] for case in cases) for f in problem.free_sizes}
    past, beyond = case_sizes.past_constants(problem, constants, covered)
    cases += _at_sizes(problem, seed, 100, [(s, f"past the kernel's {constant}") for s, constant in past])
    for s, constant in case_sizes.past_constants(problem, constants, {})[0]:
        cases += _beyond(problem, s, f"{named(s)}: past the kernel's {constant}", bool(changes), compared)
    exactly = [(s, f"the kernel's {constant}") for s, constant in case_sizes.at_constants(problem, constants)]
    cases += [
        *_at_sizes(problem, seed, 200, exactly),
        *_at_sizes(problem, seed, 300, case_sizes.whole_blocks(problem, constants)),
    ]
    if any(spec.dtype in ("float16", "bfloat16") for spec in problem.inputs):
        plain = CasePlan("", small, 34, "positive", 1 / 64, may_refuse=True, most_seconds=WORTH_S)  # sums stay finite
        cases += [
            replace(plain, name=f"{named(s)}: many of the kernel's {constant}", sizes=s)
            for s, constant in case_sizes.past_many(problem, constants)
        ]
    together = case_sizes.past_constants_together(problem, constants, groups)
    together += case_sizes.past_programs(problem, constants) if persistent else []
    cases += [
        *(CasePlan(f"{named(s)}: {why}", s, 29, may_refuse=True, most_seconds=WORTH_S) for s, why in together),
        *_beyond_the_trace(problem, small),
        *_not_free(small, sizes_outside_trace.not_free(problem, constants, own.in_file)),
    ]
    past_own, _ = case_sizes.past_constants(problem, own.counted, covered)
    few_of_each = [(s, "below the module's numbers") for s in case_sizes.below(problem, own.given)]
    cases += [
        *_at_sizes(problem, seed, 400, [(s, f"past the module's {number}") for s, number in past_own]),
        *_at_sizes(problem, seed, 500, few_of_each),
    ]
    if beyond and problem.free_sizes:
        why = "the interpreter would take too long for them"
        cases.append(CasePlan(f"Sizes above {beyond[0]:,}, a number in the kernel's file", small, 27, left_out=why))
    cases.append(_first_of(CasePlan("unaligned inputs", s, 20, layouts=("offset",), may_refuse=True) for s in few))
    cases += [CasePlan(f"{named(s)}: empty", s, 21, may_refuse=True) for s in case_sizes.none(problem)]
    cases += _with_other_arguments(cases, beside_others(changes))
    cases = [_may_refuse_other_branches(problem, case) for case in cases]
    return _without_the_slow(problem, cases, burden)


def _of_other_seeds(
    problem: Problem, base: case_sizes.Sizes, small: case_sizes.Sizes, seed: Callable[[int], int]
) -> Iterator[CasePlan]:
    """At the example's sizes, too, where that is cheap: of what is seen there alone nothing else would be tried."""
    yield CasePlan("another seed", small, seed(2))
    if small != base:
        is_cheap = case_sizes.elements(problem, base) <= case_sizes.MUCH
        yield CasePlan("a third seed", base if is_cheap else small, seed(3))


def _at_sizes(
    problem: Problem, seed: Callable[[int], int], first: int, wanted: Iterable[tuple[case_sizes.Sizes, str]]
) -> Iterator[CasePlan]:
    """One case for each of the sizes, their seeds numbered from ``first`` on."""
    for number, (sizes, why) in enumerate(wanted, first):
        plain = CasePlan("", {}, seed(number), may_refuse=True, most_seconds=WORTH_S, only_if_accepted=True)
        tried = case_sizes.or_twos(problem, sizes)
        yield _first_of(replace(plain, name=f"{named(s)}: {why}", sizes=s) for s in tried)


def _beyond_the_trace(problem: Problem, small: dict[str, int]) -> Iterator[CasePlan]:
    for sizes, why in sizes_outside_trace.beyond_the_trace(problem):
        plain = CasePlan(f"{named(sizes)}: {why}", sizes, 35, may_refuse=True, only_if_accepted=True)
        if case_sizes.elements(problem, sizes) > case_sizes.PAST_ELEMENTS:
            left_out = "the interpreter would take too long for them"
            yield CasePlan(f"Sizes such as {plain.name}", small, 35, left_out=left_out)
        else:
            yield replace(plain, most_seconds=WORTH_S)


def _not_free(small: dict[str, int], wanted: Iterable[list[case_sizes.Sizes]]) -> Iterator[CasePlan]:
    plain = CasePlan("", small, 36, may_refuse=True, only_if_accepted=True, most_seconds=WORTH_S)
    for choices in wanted:
        yield _first_of(replace(plain, name=named(sizes), sizes=sizes) for sizes in choices)


def _with_other_arguments(cases: list[CasePlan], changes: list[Changed]) -> list[CasePlan]:
    """The cases that tell most of strides, blocks and values once more with other arguments."""
    once: dict[str, CasePlan] = {}
    for case in cases:
        kind = next((kind for kind in _TELLING if kind in case.name), None)
        if kind is not None and not case.left_out:
            once.setdefault(kind, case)

    def turned(case: CasePlan, changed: Changed) -> CasePlan:
        plain = replace(
            case, name=f"{case.name}; {changed.name}", arguments=changed.kinds[0], argument=changed.argument
        )
        otherwise = tuple(turned(choice, changed) for choice in case.otherwise)
        return replace(plain, otherwise=otherwise, may_refuse=True, most_seconds=WORTH_S, only_if_accepted=True)

    return [
        turned(case, changed)
        for changed in changes
        for kind, case in once.items()
        if changed.name != "numbers that are zero" or kind in _NOT_FINITE
    ]


_NOT_FINITE = ("infinities", "NaN")
_TELLING = (
    *("strided inputs: transposed", "strided inputs: sliced", "of any stride", "huge values", "large values"),
    *(
        "values far from zero",
        "past the kernel's",
        "multiples of",
        "below the module's",
        "slices of -inf",
        *_NOT_FINITE,
    ),
)
"""In the names of cases: the first of each."""


def _may_refuse_other_branches(problem: Problem, case: CasePlan) -> CasePlan:
    refusable = case.may_refuse or not sizes_outside_trace.keeps_comparisons(problem, case.sizes)
    otherwise = tuple(_may_refuse_other_branches(problem, choice) for choice in case.otherwise)
    return replace(case, may_refuse=refusable, otherwise=otherwise)


def _beyond(
    problem: Problem, sizes: dict[str, int], name: str, has_arguments: bool, compared: tuple[float, ...]
) -> Iterator[CasePlan]:
    """What comes to light only where a kernel goes on to a second block: strides by which its pointers move on, equal
    values in two blocks, a maximum that grows from one to the next, a mask that leaves out a whole one, an argument
    that turns the order of blocks around."""
    dtypes = {spec.dtype for spec in problem.inputs}
    plain = CasePlan(name, sizes, 33, may_refuse=True, most_seconds=WORTH_S, only_if_accepted=True)
    if any(len(spec.shape) > 1 for spec in problem.inputs):
        yield replace(plain, name=f"{name}, strided", layouts=("transposed", "sliced"))
    if any(dtype.startswith(("float", "bfloat")) for dtype in dtypes):
        equal: tuple[Values, ...] = ("equal", "equal, positive")
        yield _first_of(replace(plain, name=f"{name}, equal values", values=v) for v in equal)
        yield replace(plain, name=f"{name}, values that step", values="steps", numbers=compared)
    if "bool" in dtypes:
        yield replace(plain, name=f"{name}, masks in runs", values="masks in runs")
    if any(dtype.startswith(("int", "uint")) for dtype in dtypes):
        yield replace(plain, name=f"{name}, zeros in runs", values="zeros in runs among integers")
    if has_arguments:
        yield replace(plain, name=f"{name}, other arguments", values="one more of all, and turned")


def _of_integers(small: dict[str, int], few: list[dict[str, int]]) -> Iterator[CasePlan]:
    for number, (name, values) in enumerate(_INTEGERS.items()):
        at = [small, *few] if name in ("indices to the end", "zeros among integers") else few
        yield _first_of(CasePlan(name, s, 22 + number, values=v, only_if_accepted=True) for v in values for s in at)
    yield CasePlan("integers at ties", small, 28, values="integers at ties", only_if_accepted=True)
    narrowed: Values = "integers at ties, narrowed"
    yield CasePlan("integers that narrower types take for others", small, 28, narrowed, only_if_accepted=True)


def _of_floats(problem: Problem, small: dict[str, int], few: list[dict[str, int]]) -> Iterator[CasePlan]:
    counts = any(
        spec.dtype.startswith(("int", "uint")) for spec in problem.outputs
    )  # most of what is huge fits no integer
    for name, values in _SPECIAL.items():
        yield _first_of(CasePlan(name, s, 17, values=v) for v in values for s in few)
    floats = [spec for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))]
    if len(floats) > 1:
        met: Values = "infinities that meet"
        yield _first_of(CasePlan(met, s, 31, values=met) for s in (small, *few))
    up, down = INFINITE_SLICES
    several = range(min(len(floats), 3))
    for number, whole in [(0, up), *((n, down) for n in several), *((n, NAN_SLICES) for n in several)]:
        plain = CasePlan(f"{whole} in {floats[number].name}", small, 31, whole, only_if_accepted=True)
        yield _first_of(replace(plain, sizes=s, input=number) for s in (small, *few))
    for name, values in _MAGNITUDES.items():
        yield _first_of(CasePlan(name, s, 18, values=v) for v in (values[1:] if counts else values) for s in few)
    top: Values = "up to the largest number"
    yield CasePlan(top, small, 18, values=top, only_if_accepted=True)
    around: Values = "slices around one value"
    yield _first_of(CasePlan(around, s, 18, values=around) for s in (small, *few))
    yield CasePlan("values at ties", small, 19, values="ties", only_if_accepted=True)
    scaled: tuple[Values, ...] = ("halves of a scale", "halves of a given scale")
    yield from (CasePlan(halves, small, 19, values=halves, only_if_accepted=True) for halves in scaled)
    ends: Values = "ends of the range"
    yield _first_of(CasePlan(ends, s, 30, values=ends, only_if_accepted=True) for s in few)
    looked: tuple[Values, ...] = ("rows of numbers looked for", "numbers looked for")
    yield _first_of(CasePlan("numbers looked for", small, 19, values=v, only_if_accepted=True) for v in looked)


def _of_numbers_of_the_kernel(small: dict[str, int], compared: tuple[float, ...]) -> Iterator[CasePlan]:
    if compared:
        name = "numbers that the kernel compares with"
        yield CasePlan(name, small, 42, "numbers of the kernel", numbers=compared, only_if_accepted=True)


def _of_arguments(changes: Iterable[Changed], small: dict[str, int]) -> Iterator[CasePlan]:
    for changed in changes:
        plain = CasePlan(changed.name, small, 26, argument=changed.argument, may_refuse=True)
        yield _first_of(replace(plain, values=v, only_if_accepted=v in FAR) for v in changed.kinds)


def _of_weights(small: dict[str, int], few: list[dict[str, int]], seed: int) -> Iterator[CasePlan]:
    """``seed``: of the case with plain values of which they repeat the inputs."""
    yield CasePlan("other weights", small, seed, weights=1)
    for number, name in ((2, "weights of either sign"), (3, "weights of all magnitudes")):
        yield _first_of(CasePlan(name, s, seed, weights=number) for s in few)
    for number, name in ((4, "weights with slices of zeros"), (5, "weights as they are made")):
        yield _first_of(CasePlan(name, s, seed, weights=number, only_if_accepted=True) for s in few)
    name = "positive weights and values"
    yield CasePlan(name, small, seed, values="positive", weights=KINDS.index("positive"), only_if_accepted=True)


_MAGNITUDES: dict[str, tuple[Values, ...]] = {
    "slices of every magnitude": ("slices of every magnitude", "slices of many magnitudes"),
    "elements of every magnitude": ("elements of every magnitude", "elements of many magnitudes"),
}
_INTEGERS: dict[str, tuple[Values, ...]] = {
    "large integers": ("large integers", "larger integers"),
    "indices to the end": ("indices to the end",),
    "negative integers": ("negative integers",),
    "ignored integers": ("ignored integers",),
    "zeros among integers": ("rows of zeros among integers", "zeros among integers"),
}
_EDGE_VALUES: tuple[Values, ...] = ("tiny", "example")
_SPECIAL: dict[str, tuple[Values, ...]] = {
    "equal values": ("equal", "equal, positive"),
    "values far from zero": ("far", "less far"),
    "zeros and denormals": ("denormal",),
    "zeros that meet": ("zeros that meet",),
    "infinities": ("infinity",),
    "NaN": ("nan",),
}
"""Name of a case → kinds of values for it, the more telling first."""


def _first_of(choices: Iterable[CasePlan]) -> CasePlan:
    first, *rest = choices
    return replace(first, otherwise=tuple(rest))


def starting_sizes(problem: Problem) -> tuple[case_sizes.Sizes, case_sizes.Sizes]:
    """Those of the example, and smaller ones for most other cases."""
    base = base_sizes(problem)
    small = case_sizes.shrunk(problem, base)
    if _burden(problem) > HEAVY:
        base = small = case_sizes.least(problem, small)
    return base, small


_ALIKE: tuple[Layout, Layout] = ("transposed", "sliced")
_MOST_ONES = 3
_ALONE = 4
"""Of so many inputs each is contiguous beside others that are not."""


def _strided(problem: Problem, few: list[dict[str, int]]) -> Iterator[CasePlan]:
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
        yield _first_of(CasePlan(name, s, 12 + number, layouts=turned) for s in sizes)
    if any(n > 2 for n in dims):
        yield _first_of(CasePlan("strided inputs: all permuted", s, 41, layouts=("permuted",)) for s in few)
    if len(dims) < 2:
        return
    for number, alike in enumerate(_ALIKE):
        name = f"strided inputs: all {alike}"
        yield _first_of(CasePlan(name, s, 42 + number, layouts=(alike,)) for s in few)
    for number in range(min(len(dims), _ALONE)):
        mixed = tuple("" if place == number else _ALIKE[number % 2] for place in range(len(dims)))
        name = f"strided inputs: all {_ALIKE[number % 2]} but the {number + 1}."
        yield _first_of(CasePlan(name, s, 44 + number, layouts=mixed) for s in few)


def _of_one_place(problem: Problem) -> Iterator[CasePlan]:
    """Strides that mean nothing: how far rows lie from each other is not the stride of the only one."""
    for number, sizes in enumerate(case_sizes.ones(problem)[:_MOST_ONES]):
        name = f"{named(sizes)}: one place, of any stride" if sizes else "dimensions of one place, of any stride"
        yield CasePlan(name, sizes, 54 + number, layouts=("loose",), only_if_accepted=True)


def _of_one_tensor(problem: Problem, small: dict[str, int]) -> Iterator[CasePlan]:
    alike = [(spec.dims, spec.dtype) for spec in problem.inputs if spec.shape]
    if len(set(alike)) < len(alike):
        yield CasePlan("one tensor for several inputs", small, 57, values="shared", only_if_accepted=True)


def _burden(problem: Problem) -> int:
    """Elements of the state, and of inputs and outputs at the smallest sizes."""
    smallest = case_sizes.smallest(problem)
    return sum(math.prod(s.shape) for s in problem.state) + case_sizes.elements(problem, smallest)


def _without_the_slow(problem: Problem, cases: list[CasePlan], burden: int) -> list[CasePlan]:
    """Of a heavy problem: the example, one other size, spread values, other weights; of a very heavy one, three."""
    if burden <= HEAVY:
        return cases
    named_once: dict[str, CasePlan] = {}  # equal names: equal kinds of values at equal sizes, of another seed
    for case in cases:
        named_once.setdefault(case.name, case)
    cases = list(named_once.values())
    if (past := case_sizes.past_small_blocks(problem)) is not None:
        at = next(n for n, case in enumerate(cases) if "=" in case.name)
        cases[at] = replace(cases[at], name=named(past), sizes=past, otherwise=(cases[at], *cases[at].otherwise))
    kept = essential([c.name for c in cases])
    sizes = [c.name for c in cases if "=" in c.name]
    if burden > VERY_HEAVY:
        kept -= {"other weights"} if sizes else set()
    why = f"the interpreter would take too long for {burden:,} elements that have to be gone through each time"
    varied = int(burden > VERY_HEAVY and any(c.weights for c in cases))
    cases = [replace(c, weights=varied) if c.name in sizes[:1] else c for c in cases]
    return [c if c.name in kept else replace(c, left_out=why, otherwise=()) for c in cases]


def essential(names: list[str]) -> set[str]:
    """Those of the cases without which nothing is known of a kernel, however long they take."""
    sizes = [name for name in names if "=" in name]
    return {"example", "other weights", "signed, heavy-tailed values", *sizes[:1]}


def further_call(first: CasePlan, name: str, weights: int) -> CasePlan:
    """Another call on the state that calls have left: counters that have counted, a buffer that holds something."""
    return replace(first, name=name, seed=first.seed + 28, weights=weights, otherwise=())
