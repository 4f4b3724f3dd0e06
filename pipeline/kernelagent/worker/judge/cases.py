"""Which inputs the kernel is judged on: other seeds, sizes, magnitudes, strides and weights.

A wrong kernel that is right on the example must meet a case on which it is wrong. Sizes are tried where kernels
break: none, one, small primes, one below and above a power of two, and one past the example, where the last block is
all but empty. Sizes, magnitudes and layouts share cases where one of them alone tells nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.judge.case_values import Values
from kernelagent.worker.judge.layouts import Layout
from kernelagent.worker.problem import base_sizes
from kernelagent.worker.problem.sizes import shape_at

HEAVY, VERY_HEAVY = 1 << 20, 1 << 23
"""Elements that no choice of sizes makes fewer, such as weights. The interpreter needs a second or more for a million
of them in products, so from these on the less telling cases are left out, and named in the verdict."""

SMALL_ELEMENTS = 1 << 14
"""Of inputs and outputs together, in the cases that need no more."""


@dataclass(frozen=True)
class CasePlan:
    """One set of inputs and weights."""

    name: str
    sizes: dict[str, int]
    seed: int
    values: Values = "example"
    scale: float = 1.0
    """The values are multiplied by it."""
    layout: Layout = ""
    weights: int = 0
    """Number of the set of weights."""
    may_refuse: bool = False
    """A kernel that raises on it refuses it, which is said; a wrong result is wrong."""
    otherwise: tuple[CasePlan, ...] = ()
    """What to try, in this order, where the module itself refuses these inputs."""
    left_out: str = ""
    """Why it is not run; empty: it is."""


def plan(problem: Problem, profile: str) -> list[CasePlan]:
    """The cases of ``problem``, the example first. Most are small: the interpreter takes its time for each program."""
    base = base_sizes(problem)
    small = _shrunk(problem, base)
    burden = _burden(problem)
    if burden > HEAVY:
        base = small
    if profile == "quick":
        return [CasePlan("example", small, 1)]
    cases = [CasePlan("example", base, 1), CasePlan("another seed", small, 2)]
    if small != base:
        cases.append(CasePlan("a third seed", small, 3))
    sizes = _other_sizes(problem, base)
    for number, choices in enumerate(sizes):
        cases.append(_first_of([CasePlan(_named(choice), choice, 4 + number) for choice in choices]))
    edges = list(_edges(problem))
    cases += edges
    cases.append(
        _first_of(
            CasePlan(f"{values}, heavy-tailed values", small, 11, values=values) for values in ("signed", "positive")
        )
    )
    few = sorted([*(sizes[0] if sizes else []), *(e.sizes for e in edges), small], key=lambda s: _elements(problem, s))
    cases += [
        _first_of(CasePlan(f"strided inputs: {layout}", s, 12 + number, layout=layout) for s in few)
        for number, layout in enumerate(_layouts(problem))
    ]
    cases.append(_first_of(CasePlan(f"{v} values", s, 16, values=v) for v in ("huge", "large") for s in few))
    if any(spec.dtype.startswith(("float", "bfloat")) for spec in problem.inputs):
        kinds: tuple[tuple[str, Values], ...] = (
            ("zeros and denormals", "denormal"),
            ("infinities", "infinity"),
            ("NaN", "nan"),
        )
        cases += [_first_of(CasePlan(name, s, 17, values=values) for s in few) for name, values in kinds]
    if problem.state:
        cases.append(CasePlan("other weights", small, 2, weights=1))
    cases.append(_first_of(CasePlan("unaligned inputs", s, 20, layout="offset", may_refuse=True) for s in few))
    cases += _empty(problem)
    return _without_the_slow(cases, burden)


def _first_of(choices: Iterable[CasePlan]) -> CasePlan:
    first, *rest = choices
    return replace(first, otherwise=tuple(rest))


def _layouts(problem: Problem) -> tuple[Layout, ...]:
    images = any(len(spec.shape) in (4, 5) for spec in problem.inputs)
    return ("transposed", "sliced", "expanded", *(("channels last",) if images else ()))


def _edges(problem: Problem) -> Iterator[CasePlan]:
    """One above and one below powers of two."""
    free = problem.free_sizes
    if not free:
        return
    powers = [128] if len(free) == 1 else [32, 16] if len(free) == 2 else [16 if len(free) == 3 else 8] * len(free)

    def at(step: int) -> dict[str, int]:
        return {f.symbol: _fit(f, power + step) for f, power in zip(free, powers, strict=True)}

    while _elements(problem, at(1)) > SMALL_ELEMENTS and max(powers) > 4:
        powers[powers.index(max(powers))] //= 2
    above, below = at(1), at(-1)
    yield CasePlan(f"{_named(above)}, tiny values", above, 8, values="tiny")
    if below != above:
        yield CasePlan(_named(below), below, 9)


def _empty(problem: Problem) -> Iterator[CasePlan]:
    """Nothing at all along the first free size."""
    free = problem.free_sizes
    if free and free[0].minimum <= 1:
        sizes = {f.symbol: _fit(f, 4) for f in free} | {free[0].symbol: 0}
        yield CasePlan(f"{_named(sizes)}: empty", sizes, 21, may_refuse=True)


def _burden(problem: Problem) -> int:
    """Elements of the state, and of inputs and outputs at the smallest sizes."""
    smallest = {f.symbol: _fit(f, 1) for f in problem.free_sizes}
    return sum(math.prod(s.shape) for s in problem.state) + _elements(problem, smallest)


def _without_the_slow(cases: list[CasePlan], burden: int) -> list[CasePlan]:
    """Of a heavy problem: the example, one other size, spread values, other weights; of a very heavy one, three."""
    if burden <= HEAVY:
        return cases
    sizes = [c.name for c in cases if "=" in c.name]
    kept = {"example", "other weights", "signed, heavy-tailed values", *sizes[:1]}
    if burden > VERY_HEAVY:
        kept -= {"other weights"} if sizes else set()
    why = f"the interpreter would take too long for {burden:,} elements that have to be gone through each time"
    varied = int(burden > VERY_HEAVY and any(c.weights for c in cases))
    cases = [replace(c, weights=varied) if c.name in sizes[:1] else c for c in cases]
    return [c if c.name in kept else replace(c, left_out=why, otherwise=()) for c in cases]


def _shrunk(problem: Problem, sizes: Mapping[str, int]) -> dict[str, int]:
    """Sizes at which inputs and outputs hold at most ``SMALL_ELEMENTS``, as far as the free sizes allow."""
    free = {f.symbol: f for f in problem.free_sizes}
    found = dict(sizes)
    while _elements(problem, found) > SMALL_ELEMENTS:
        halves = {symbol: _fit(free[symbol], size // 2) for symbol, size in found.items() if size >= 8}
        shrinkable = [symbol for symbol, half in halves.items() if half < found[symbol]]
        if not shrinkable:
            break
        largest = max(shrinkable, key=lambda symbol: found[symbol])
        found[largest] = halves[largest]
    return found


def _elements(problem: Problem, sizes: Mapping[str, int]) -> int:
    return sum(math.prod(shape_at(spec, sizes)) for spec in (*problem.inputs, *problem.outputs))


def _other_sizes(problem: Problem, base: Mapping[str, int]) -> list[list[dict[str, int]]]:
    """Sizes to try: small ones, some past the example's, and one; each with even ones for modules that refuse odd ones.

    Every free size is changed at once, to different numbers, so that sizes that are mixed up show.
    """
    if not problem.free_sizes:
        return []
    # Not 3: its halves are 2 and 1, and a size of 1 broadcasts by accident where no other odd size would fit.
    odd, even, eights = (5, 7, 11, 13, 17), (6, 10, 14, 22, 26), (24, 40, 56, 88, 104)
    free = list(enumerate(problem.free_sizes))
    small = [{f.symbol: _fit(f, row[i % len(row)]) for i, f in free} for row in (odd, even, eights)]
    past = [{f.symbol: _fit(f, base[f.symbol] + step * f.multiple_of) for _, f in free} for step in (1, 2, 8)]
    one = [{f.symbol: _fit(f, 1 if f.minimum <= 1 else f.minimum + f.minimum % 2) for _, f in free}]
    found: list[list[dict[str, int]]] = []
    for choices in (small, past, one):
        if choices[0] != dict(base) and all(choices[0] != others[0] for others in found):
            found.append(choices)
    return found


def _named(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{symbol}={size}" for symbol, size in sizes.items())


def _fit(free: FreeSize, size: int) -> int:
    """The nearest size that the module allows."""
    size = max(size, free.minimum)
    size = -(-size // free.multiple_of) * free.multiple_of
    if free.maximum is not None and size > free.maximum:
        size = free.maximum // free.multiple_of * free.multiple_of
    return size
