"""Which inputs the kernel is judged on: other seeds, sizes, magnitudes, strides and weights.

A wrong kernel that is right on the example must meet a case on which it is wrong. Sizes are tried where kernels break
(``case_sizes``). Sizes, magnitudes and layouts share cases where one of them alone tells nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import (
    argument_cases,
    case_sizes,
    layout_cases,
    size_cases,
    sizes_outside_trace,
    value_cases,
)
from kernelagent.worker.judge.arguments import Changed, beside_others
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.case_seeds import seed_of
from kernelagent.worker.judge.case_sizes import named
from kernelagent.worker.judge.module_numbers import NO_NUMBERS, OwnNumbers
from kernelagent.worker.problem import base_sizes

HEAVY, VERY_HEAVY = 1 << 20, 1 << 23
"""Elements that no choice of sizes makes fewer, such as weights. The interpreter needs a second or more for a million
of them in products, so from these on the less telling cases are left out, and named in the verdict."""


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
    has_defaults: bool = False,
) -> list[CasePlan]:
    """The cases of ``problem``, the example first. Most are small: the interpreter takes its time for each program.

    ``constants``: numbers in the kernel's file that may be sizes of its blocks. ``arguments``: what changes
    arguments of ``forward`` which are no tensors. ``groups``: small numbers in a file whose kernels put their programs
    into another order. ``persistent``: the programs of a kernel take several blocks in turn. ``steady``: the smallest
    sizes that tell something, where they are not the smallest (``steady.py``). ``own``: the module's.
    ``kernel_sha256``: of the kernel's file, from which cases of plain values take their seeds (``case_seeds.py``).
    ``compared``: what the kernel compares something with. ``has_defaults``: the example gives arguments that
    ``forward`` has a default for.
    """
    burden = _burden(problem)
    base, small = starting_sizes(problem)
    if steady is not None:
        base = small = steady
    if profile == "quick":
        return [CasePlan("example", small, 1)]
    seed = partial(seed_of, kernel_sha256)
    changes, constants = tuple(arguments), tuple(constants)
    dtypes = {spec.dtype for spec in problem.inputs}
    cases = [CasePlan("example", base, 1), *size_cases.of_other_seeds(problem, base, small, seed)]
    sizes = [*size_cases.plain(problem, base, steady, seed)]
    first = [choice.sizes for case in sizes[:1] for choice in (case, *case.otherwise)]
    few = case_sizes.cheapest(problem, [*first, *case_sizes.edges(problem), small])
    cases += [*sizes, value_cases.spread(small, seed(53))]
    cases += [*layout_cases.strided(problem, few), *layout_cases.of_one_place(problem)]
    cases += [*layout_cases.of_one_tensor(problem, small), value_cases.large(few)]
    if any(dtype.startswith(("float", "bfloat")) for dtype in dtypes):
        cases += value_cases.of_floats(problem, small, few)
    elif any(dtype.startswith("complex") for dtype in dtypes):
        cases += value_cases.of_complex(small, few)
    if "bool" in dtypes:
        cases.append(value_cases.of_masks(few))
    if any(dtype.startswith(("int", "uint")) for dtype in dtypes):
        cases += value_cases.of_integers(small, few)
        cases += value_cases.of_nothing_but_an_integer(small)
    if any(dtype.startswith(("bool", "int", "uint")) for dtype in dtypes):
        cases += value_cases.of_few_of_a_kind(problem, small)
    if any(dtype.startswith(("float", "bfloat")) for dtype in dtypes):
        cases += value_cases.of_one_beside_a_number(problem, small, compared)
        cases += value_cases.of_rows_along(problem, small)
    cases += value_cases.of_numbers_of_the_kernel(small, compared)
    cases += argument_cases.of_arguments(changes, small)
    cases += value_cases.of_weights(small, few, seed(2)) if problem.state else []
    covered = {f.symbol: max(case.sizes[f.symbol] for case in cases) for f in problem.free_sizes}
    cases += [
        *size_cases.past_own_numbers(problem, own, covered, seed),
        *size_cases.around_numbers(problem, constants, covered, seed, compared, bool(changes)),
        *size_cases.of_large_sums(problem, own, small),
        *size_cases.runs_of_values(problem, own, small),
        *size_cases.infinite_runs(problem, constants),
        *size_cases.of_many_blocks(problem, constants, groups, persistent, small),
        *size_cases.beyond_the_trace(problem, small),
        *size_cases.not_free(small, sizes_outside_trace.not_free(problem, constants, own.in_file, own.products)),
        *size_cases.around_own_numbers(problem, own, covered, small, seed),
        *size_cases.above(problem, constants, covered, small),
        layout_cases.unaligned(few),
        *size_cases.empty(problem),
    ]
    cases += size_cases.unreached(problem, own, small, cases)
    if any(dtype.startswith(("float", "bfloat")) for dtype in dtypes):
        cases += value_cases.of_bursts(problem, small)
        cases += value_cases.of_pivots(problem, base, small)
        cases += value_cases.of_compared_floats(problem, base, small)
        cases += value_cases.of_computed_at_edges(problem, base, small)
    if any(dtype.startswith(("int", "uint")) for dtype in dtypes):
        cases += value_cases.of_large_integers(problem, base, small)
    if any(dtype.startswith(("float", "bfloat", "int", "uint")) for dtype in dtypes):
        cases += value_cases.of_shares(problem, base, small)
    cases += value_cases.of_long_ways(problem, base, small)
    cases += value_cases.of_lone_events(problem, small, constants)
    cases += argument_cases.with_other_arguments(cases, beside_others(changes))
    cases += [argument_cases.left_to_defaults(small)] if has_defaults else []
    cases = [_may_refuse_other_branches(problem, case) for case in cases]
    return _without_the_slow(problem, cases, burden)


def _may_refuse_other_branches(problem: Problem, case: CasePlan) -> CasePlan:
    refusable = case.may_refuse or not sizes_outside_trace.keeps_comparisons(problem, case.sizes)
    otherwise = tuple(_may_refuse_other_branches(problem, choice) for choice in case.otherwise)
    return replace(case, may_refuse=refusable, otherwise=otherwise)


def starting_sizes(problem: Problem) -> tuple[case_sizes.Sizes, case_sizes.Sizes]:
    """Those of the example, and smaller ones for most other cases."""
    base = base_sizes(problem)
    small = case_sizes.shrunk(problem, base)
    if _burden(problem) > HEAVY:
        base = small = case_sizes.least(problem, small)
    return base, small


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
