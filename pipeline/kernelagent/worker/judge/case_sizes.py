"""At which sizes a kernel is tried: where kernels break, and small enough for the interpreter.

Sizes of one case differ from each other, and each is both smaller and larger than each other one in some case: sizes
that are mixed up, or a mask for the wrong one of two, show.
"""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Iterable, Mapping

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.problem.sizes import burden, fit

SMALL_ELEMENTS = 1 << 14
"""Of inputs and outputs together, in the cases that need no more."""

PRODUCTS_PER_ELEMENT = 1 << 10
"""Multiplications that take the interpreter as long as it takes for one element of a pointwise kernel."""

PAST_ELEMENTS = 1 << 17
"""The same in the cases that go past a number of the kernel's."""

GROUP_ELEMENTS = 1 << 18
"""The same in those that go past a number of its blocks."""

MANY_BLOCKS = 96

PROGRAM_ELEMENTS = 1 << 19
"""The same in the one that has more blocks than a kernel has programs."""

MUCH = 1 << 16
"""From so many on a case takes seconds in the interpreter."""

MOST_ELEMENTS = 1 << 20
"""The same for sizes that are only tried where a module refuses others."""

Sizes = dict[str, int]

# Not 3: its halves are 2 and 1, and a size of 1 broadcasts by accident where no other odd size would fit.
_ODD, _EVEN, _EIGHTS, _FOURS = (5, 7, 11, 13, 17), (6, 10, 14, 22, 26), (24, 40, 56, 88, 104), (8, 4, 12, 16, 20)

_FEWER = (2, 5, 7, 4, 8)
_AT_MOST = 2
_LEAST_BLOCK = 16
"""That products take."""
_A_BLOCK = 32
"""Where the file has no larger one: a multiple of the 16 that products take at least."""


def other(problem: Problem, base: Mapping[str, int]) -> list[list[Sizes]]:
    """Small sizes, the same the other way round, some past the example's, and one; each with even ones for modules that
    refuse odd ones."""
    free = problem.free_sizes
    if not free:
        return []
    small = [_row(problem, row) for row in (_ODD, _EVEN, _EIGHTS)]
    descending = tuple(range(len(free) + 3, 3, -1))
    turned = [_row(problem, tuple(n * step for n in descending)) for step in (1, 2, 8)] if len(free) > 2 else []
    past = [{f.symbol: fit(f, base[f.symbol] + step * f.multiple_of) for f in free} for step in (1, 2, 8)]
    one = [{f.symbol: fit(f, 1 if f.minimum <= 1 else f.minimum + f.minimum % 2) for f in free}]
    found: list[list[Sizes]] = []
    for choices in (small, turned, past, one):
        if choices and choices[0] != dict(base) and all(choices[0] != others[0] for others in found):
            found.append([choices[0], *(c for c in choices[1:] if elements(problem, c) <= MOST_ELEMENTS)])
    return found


def edges(problem: Problem) -> list[Sizes]:
    """One above and one below powers of two."""
    free = problem.free_sizes
    if not free:
        return []
    powers = [128] if len(free) == 1 else [32, 16] if len(free) == 2 else [16 if len(free) == 3 else 8] * len(free)

    def at(step: int) -> Sizes:
        return {f.symbol: fit(f, power + step) for f, power in zip(free, powers, strict=True)}

    while elements(problem, at(1)) > SMALL_ELEMENTS and max(powers) > 4:
        powers[powers.index(max(powers))] //= 2
    above, below = at(1), at(-1)
    return [above] if below == above else [above, below]


def past_blocks(problem: Problem) -> list[list[Sizes]]:
    """Several free sizes: more of each than a program takes at once (128, often 64), of all together where that is
    cheap, else of one after the other; with even choices as in :func:`other`."""
    free = problem.free_sizes
    if len(free) < 2:
        return []

    def choices(large: tuple[FreeSize, ...], size: int) -> list[Sizes]:
        found = [(_row(problem, row), step) for row, step in ((_ODD, 0), (_EVEN, 1), (_EIGHTS, 5))]
        return [
            sizes | {f.symbol: fit(f, (size if f is large[0] else 67) + step) for f in large} for sizes, step in found
        ]

    def is_cheap(found: list[Sizes]) -> bool:
        return elements(problem, found[0]) <= SMALL_ELEMENTS

    if is_cheap(together := choices(free, 131)):
        return [together]
    alone = [next(filter(is_cheap, (choices((f,), size) for size in (131, 67))), []) for f in free]
    return [found for found in alone if found]


def past_small_blocks(problem: Problem) -> Sizes | None:
    """The first free size past a block of 16, the least that a product takes; ``None`` where that is too much."""
    if not problem.free_sizes:
        return None
    first = problem.free_sizes[0]
    sizes = odd(problem) | {first.symbol: fit(first, 17)}
    return sizes if sizes[first.symbol] > 16 and elements(problem, sizes) <= PROGRAM_ELEMENTS else None


def past_constants(
    problem: Problem, constants: Iterable[int], covered: Mapping[str, int]
) -> tuple[list[tuple[Sizes, int]], list[int]]:
    """For each free size more than twice a number in the kernel's file, or more than it where that is too much: past a
    loop that runs once or carries over but once, or a block that ought to hold a whole row. The largest that is cheap
    enough covers those below it; ``covered``: sizes tried anyway.

    Returns the sizes, each with its number, and the numbers that no size is tried beyond.
    """
    found: list[tuple[Sizes, int]] = []
    highest = max(covered.values(), default=0)
    for free in problem.free_sizes:

        def past(constant: int, free: FreeSize = free) -> Sizes | None:
            for size in (2 * constant + 1, constant + 1):
                for others in (odd(problem), smallest(problem)):
                    sizes = others | {free.symbol: fit(free, size)}
                    if sizes[free.symbol] > constant and elements(problem, sizes) <= PAST_ELEMENTS:
                        return sizes
            return None

        for constant in sorted(set(constants), reverse=True):
            if 2 * constant < covered.get(free.symbol, 0):
                break
            if (sizes := past(constant)) is not None:
                found.append((sizes, constant))
                highest = max(highest, constant)
                break
    ends = [free.maximum for free in problem.free_sizes]
    most = max((end for end in ends if end is not None), default=0) if None not in ends else math.inf
    return found, [constant for constant in sorted(set(constants)) if highest < constant < most]


def with_whole_blocks_between(problem: Problem, constants: Iterable[int]) -> list[tuple[list[Sizes], int]]:
    """For each free size more than twice a number in the kernel's file, or the least block that a product takes, or
    more than it where that is too much; few of the others. Choices, each with that number."""
    found: list[tuple[list[Sizes], int]] = []
    blocks = sorted({*constants, _LEAST_BLOCK}, reverse=True)
    for free in problem.free_sizes:
        for block, more in itertools.product(blocks, (2, 1)):
            size = fit(free, more * block + 1)
            choices = [others | {free.symbol: size} for others in (_row(problem, _FEWER), smallest(problem))]
            choices = [sizes for sizes in choices if elements(problem, sizes) <= MUCH]
            if size > block and choices:
                found.append((choices, block))
                break
    return found


def at_constants(problem: Problem, constants: Iterable[int]) -> list[tuple[Sizes, int]]:
    """Each free size at the largest numbers of the kernel's file that are cheap enough: what is made for one size, and
    for no other. Of the largest the other sizes are few, for one row has no stride, and else 1."""
    found: list[tuple[Sizes, int]] = []
    for free in problem.free_sizes:
        known = 0
        for constant in sorted(set(constants), reverse=True):
            for others in (smallest(problem),) if known else (_row(problem, _FEWER), smallest(problem)):
                sizes = others | {free.symbol: fit(free, constant)}
                if sizes[free.symbol] == constant and elements(problem, sizes) <= SMALL_ELEMENTS:
                    found.append((sizes, constant))
                    known += 1
                    break
            if known == _AT_MOST:
                break
    return found


def whole_blocks(problem: Problem, constants: Iterable[int]) -> list[tuple[Sizes, str]]:
    """Several whole blocks, with nothing left over, along all free sizes together, and along each by itself with a few
    of the others: what a kernel does without masks there may be right for the first block, the first row alone.

    A block's size is a power of two. The largest in the file that is cheap enough is a multiple of all below it.
    """
    blocks = sorted({n for n in (*constants, _A_BLOCK) if n.bit_count() == 1}, reverse=True)
    free = problem.free_sizes

    def first_cheap(*choices: Mapping[FreeSize, int]) -> list[tuple[Sizes, str]]:
        """``choices``: sizes in blocks."""
        for block, times in itertools.product(blocks, choices):
            for others in (_row(problem, _FEWER), smallest(problem)):
                sizes = others | {f.symbol: fit(f, n * block) for f, n in times.items()}
                is_whole = all(sizes[f.symbol] == n * block for f, n in times.items())
                if is_whole and elements(problem, sizes) <= SMALL_ELEMENTS:
                    return [(sizes, f"multiples of {block}")]
        return []

    together = [dict.fromkeys(free, 2), dict.fromkeys(free, 1) | {free[-1]: 2}] if len(free) > 1 else []
    return first_cheap(*together) + [found for f in free for found in first_cheap({f: 2})]


def or_twos(problem: Problem, sizes: Sizes) -> list[Sizes]:
    """``sizes``, and the same with 2 for each 1, for modules that pool, or normalise over what was one element."""
    twos = {f.symbol: fit(f, 2) if sizes[f.symbol] == 1 else sizes[f.symbol] for f in problem.free_sizes}
    return [sizes, twos] if twos != sizes and elements(problem, twos) <= PAST_ELEMENTS else [sizes]


def past_constants_together(
    problem: Problem, constants: Iterable[int], groups: Iterable[int]
) -> list[tuple[Sizes, str]]:
    """Two free sizes of the outputs past a number in the kernel's file at once: a grid of several programs both ways.

    ``groups``: small numbers in the file, where its kernels go over their blocks in groups; each size in turn is past
    such a number of blocks, so that the last group is not a whole one.
    """
    free = [f for f in problem.free_sizes if _is_of_outputs(problem, f)]
    largest = sorted(set(constants), reverse=True)
    found: list[tuple[Sizes, str]] = []
    for one, other_one in itertools.pairwise([*free, free[0]] if len(free) > 2 else free):
        for constant in largest:
            sizes = _past(problem, {one: 2 * constant + 1, other_one: constant + 1})
            if elements(problem, sizes) <= PAST_ELEMENTS:
                found.append((sizes, f"both past the kernel's {constant}"))
                break
    for one in free if groups else ():
        beside = next((f for f in free if f is not one), None)
        for constant, group in itertools.product(largest, sorted(set(groups), reverse=True)):
            wanted = {one: constant * group + 1} | ({beside: constant + 1} if beside is not None else {})
            sizes = _past(problem, wanted)
            if elements(problem, sizes) <= GROUP_ELEMENTS:
                found.append((sizes, f"past {group} blocks of {constant}"))
                break
    return found


def past_many(problem: Problem, constants: Iterable[int]) -> list[tuple[Sizes, int]]:
    """Each free size at so many blocks that a sum of 16 bits, carried from one to the next, shows: of the largest
    number in the file that is cheap enough."""
    found: list[tuple[Sizes, int]] = []
    for free in problem.free_sizes:
        for constant in sorted(set(constants), reverse=True):
            sizes = odd(problem) | {free.symbol: fit(free, MANY_BLOCKS * constant + 1)}
            if sizes[free.symbol] > MANY_BLOCKS * constant and elements(problem, sizes) <= PROGRAM_ELEMENTS:
                found.append((sizes, constant))
                break
    return found


def past_programs(problem: Problem, constants: Iterable[int]) -> list[tuple[Sizes, str]]:
    """Where programs take several blocks in turn: along one free size of the outputs more blocks of a number in the
    file than another number, as many as are cheap enough, so that some program comes to a second one."""
    found: list[tuple[int, Sizes, str]] = []
    pairs = list(itertools.combinations_with_replacement(sorted(set(constants)), 2))
    for free in (f for f in problem.free_sizes if _is_of_outputs(problem, f)):
        for programs, block in pairs:
            sizes = _past(problem, {free: programs * block + 1})
            if sizes[free.symbol] > programs * block and elements(problem, sizes) <= PROGRAM_ELEMENTS:
                found.append((sizes[free.symbol], sizes, f"more than {programs} times {block}"))
    return [max(found, key=operator.itemgetter(0))[1:]] if found else []


def _past(problem: Problem, wanted: Mapping[FreeSize, int]) -> Sizes:
    return _row(problem, _FEWER) | {free.symbol: fit(free, size) for free, size in wanted.items()}


def _is_of_outputs(problem: Problem, free: FreeSize) -> bool:
    return any(re.search(rf"\b{free.symbol}\b", dim) for spec in problem.outputs for dim in spec.dims)


def whole(problem: Problem) -> list[Sizes]:
    """Sizes at which rows are whole multiples of 16 bytes or more, which some loads need."""
    rows = [_row(problem, row) for row in (_EIGHTS, _FOURS)] if problem.free_sizes else []
    return [sizes for sizes in rows if elements(problem, sizes) <= SMALL_ELEMENTS]


def each_at(problem: Problem, numbers: Iterable[int]) -> list[Sizes]:
    """One free size after the other at each of ``numbers`` that it may be, few of the others."""
    pairs = itertools.product(problem.free_sizes, numbers)
    found = [_row(problem, _FEWER) | {free.symbol: number} for free, number in pairs if fit(free, number) == number]
    return [sizes for sizes in found if elements(problem, sizes) <= PAST_ELEMENTS]


def none(problem: Problem) -> list[Sizes]:
    """Nothing at all along one free size after the other."""
    few = {f.symbol: fit(f, 4) for f in problem.free_sizes}
    return [few | {f.symbol: 0} for f in problem.free_sizes if f.minimum <= 1]


def ones(problem: Problem) -> list[Sizes]:
    """One along one free size after the other; such as there is where some input has one place along a fixed one."""
    found = [odd(problem) | {f.symbol: fit(f, 1)} for f in problem.free_sizes if f.minimum <= 1]
    is_fixed = any("1" in spec.dims for spec in problem.inputs)
    return found or ([odd(problem)] if is_fixed else [])


def below(problem: Problem, numbers: Iterable[int]) -> list[Sizes]:
    """Smaller ones than the smallest of ``numbers``, but not 1, where there are such: a shift by more than there is."""
    free = problem.free_sizes
    least = min(numbers, default=0)
    sizes = {f.symbol: fit(f, 2 + n % 2) for n, f in enumerate(free)}
    return [sizes] if free and least > max(sizes.values()) else []


def one_more(problem: Problem, sizes: Mapping[str, int]) -> Sizes:
    return {f.symbol: fit(f, sizes[f.symbol] + f.multiple_of) for f in problem.free_sizes}


def odd(problem: Problem) -> Sizes:
    """Small sizes, each another."""
    return _row(problem, _ODD)


def smallest(problem: Problem) -> Sizes:
    return {f.symbol: fit(f, 1) for f in problem.free_sizes}


def shrunk(problem: Problem, sizes: Mapping[str, int]) -> Sizes:
    """Sizes at which inputs and outputs hold at most ``SMALL_ELEMENTS``, as far as the free sizes allow."""
    free = {f.symbol: f for f in problem.free_sizes}
    found = dict(sizes)
    while elements(problem, found) > SMALL_ELEMENTS:
        halves = {symbol: fit(free[symbol], size // 2) for symbol, size in found.items() if size >= 8}
        shrinkable = [symbol for symbol, half in halves.items() if half < found[symbol]]
        if not shrinkable:
            break
        largest = max(shrinkable, key=lambda symbol: found[symbol])
        found[largest] = halves[largest]
    return found


def least(problem: Problem, sizes: Mapping[str, int]) -> Sizes:
    """``sizes``, or the smallest but 1 where even those take seconds: they are no less telling then, with that much
    fixed. Of one row there is no variance, and some modules refuse it."""
    smaller = {f.symbol: fit(f, 2) for f in problem.free_sizes}
    return smaller if elements(problem, smaller) > MUCH else dict(sizes)


def elements(problem: Problem, sizes: Mapping[str, int]) -> int:
    """Of inputs and outputs; more where what is computed takes as long as more would."""
    return burden(problem, sizes, PRODUCTS_PER_ELEMENT)


def cheapest(problem: Problem, choices: Iterable[Sizes]) -> list[Sizes]:
    """The smallest first, without those that take seconds; the smallest in any case."""
    found = sorted(choices, key=lambda sizes: elements(problem, sizes))
    return [found[0], *(sizes for sizes in found[1:] if elements(problem, sizes) <= MUCH)]


def named(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{symbol}={size}" for symbol, size in sizes.items())


def _row(problem: Problem, row: tuple[int, ...]) -> Sizes:
    """The free sizes in their order, each at another number; at smaller ones where wide channels make that too much."""
    found = {f.symbol: fit(f, row[i % len(row)]) for i, f in enumerate(problem.free_sizes)}
    if elements(problem, found) > MUCH and row[0] % 2:
        fewer = {f.symbol: fit(f, _FEWER[i % len(_FEWER)]) for i, f in enumerate(problem.free_sizes)}
        return fewer if elements(problem, fewer) < elements(problem, found) else found
    return found
