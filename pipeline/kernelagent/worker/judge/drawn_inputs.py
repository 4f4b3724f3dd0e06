"""On which inputs a random module and its kernel are called again and again, their numbers being genuine.

At small sizes, none of which is 1: a mask for whole planes, or for elements, shows where planes have several elements.
At larger ones, with enough elements for a rate that is off by a hundredth, the last size of the result being past the
largest number in the kernel's file: a row, and all the more a tensor, of several blocks. The same for its first size.
And at small sizes with other arguments, and other weights, on which a rate may rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.judge import case_sizes, reference_run
from kernelagent.worker.judge.arguments import Changed
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.case_seeds import seed_of
from kernelagent.worker.judge.case_sizes import Sizes
from kernelagent.worker.judge.drawn_samples import SEED
from kernelagent.worker.judge.sizes_outside_trace import keeps_comparisons
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.sizes import fit, shape_at
from kernelagent.worker.problem.tensors import tensors_in

FEW, MANY = 1 << 11, 1 << 15
"""Elements of output: enough to tell one shape of a mask from another, and one rate."""
ENOUGH = 512
MOST_CHANGES = 4
"""Of arguments."""

Prepared = tuple[CasePlan, Specimen, reference_run.ReferenceRun]
Prepare = Callable[[CasePlan], "tuple[Specimen, reference_run.ReferenceRun] | str"]


@dataclass(frozen=True)
class Draws:
    """One set of inputs."""

    name: str
    """What it is told by; empty: the first one."""
    case: CasePlan
    specimen: Specimen


def draws(
    problem: Problem,
    models: Mapping[int, torch.nn.Module],
    kept: list[Prepared],
    constants: Iterable[int],
    changes: Iterable[Changed],
    kernel_sha256: str,
    prepare: Prepare,
) -> list[Draws]:
    """``models``: which draw genuine numbers, by their set of weights. ``kept``: cases that the module takes; where it
    takes no inputs of small sizes that are planned here, the first set is one of those. ``prepare`` gives inputs."""
    found = [_first(problem, models, kept, seed_of(kernel_sha256, 41), prepare)]
    small = replace(found[0].case, seed=seed_of(kernel_sha256, 42))
    for plan in _further(problem, small, list(constants), list(changes), sorted(models)):
        for case in (plan, *plan.otherwise):
            prepared = prepare(case)
            if isinstance(prepared, str) or not _is_random(models[case.weights], prepared[0]):
                continue
            found.append(Draws(plan.name, case, prepared[0]))
            break
    return found


def _first(
    problem: Problem, models: Mapping[int, torch.nn.Module], kept: list[Prepared], seed: int, prepare: Prepare
) -> Draws:
    for start in (case_sizes.odd(problem), *case_sizes.whole(problem)) if problem.free_sizes else ():
        sizes = grown(problem, start, FEW, case_sizes.SMALL_ELEMENTS)
        case = CasePlan("", sizes, seed, may_refuse=not keeps_comparisons(problem, sizes))
        prepared = prepare(case) if _outputs(problem, sizes) >= ENOUGH else ""
        if not isinstance(prepared, str) and _is_random(models[0], prepared[0]):
            return Draws("", case, prepared[0])
    plain = [entry for entry in kept if entry[0].values == "example" and not entry[0].weights and not entry[0].layouts]

    def size(entry: Prepared) -> tuple[bool, int]:
        count = sum(t.numel() for _, t in tensors_in(entry[2].outputs))
        return count < ENOUGH, count if count >= ENOUGH else -count

    case, specimen, _ = min(plain or kept[:1], key=size)
    return Draws("", case, specimen)


def _further(
    problem: Problem, small: CasePlan, constants: list[int], changes: list[Changed], weights: list[int]
) -> Iterator[CasePlan]:
    plain = CasePlan("", small.sizes, small.seed, may_refuse=True, only_if_accepted=True)
    free = [f for f in problem.free_sizes if _grows(problem, f, small.sizes)]
    for place, wanted in ((-1, MANY), (0, FEW)) if free else ():
        if place < 0 or len(free) > 1:
            start = _past(problem, free[place], constants)
            sizes = grown(problem, start, wanted, case_sizes.PAST_ELEMENTS)
            if sizes != small.sizes and _outputs(problem, sizes) >= ENOUGH:
                yield _at(problem, replace(plain, sizes=sizes))
    for changed in changes[:MOST_CHANGES]:
        of_kinds = [replace(plain, name=changed.name, values=kind, alone=changed.alone) for kind in changed.kinds]
        yield replace(of_kinds[0], otherwise=tuple(of_kinds[1:]))
    for number in weights[1:]:
        yield replace(plain, name="other weights", weights=number)


def _past(problem: Problem, free: FreeSize, constants: list[int]) -> Sizes:
    """More than twice the largest number that is cheap enough, beside small sizes none of which is 1, if possible."""
    few = {f.symbol: fit(f, 2) for f in problem.free_sizes}
    for constant in sorted(set(constants), reverse=True):
        for others in (case_sizes.odd(problem), few, case_sizes.smallest(problem)):
            sizes = others | {free.symbol: fit(free, 2 * constant + 1)}
            if sizes[free.symbol] > 2 * constant and case_sizes.elements(problem, sizes) <= case_sizes.PAST_ELEMENTS:
                return sizes
    return case_sizes.odd(problem)


def _at(problem: Problem, case: CasePlan) -> CasePlan:
    """Named by its sizes; others where the module refuses odd ones."""
    even = {f.symbol: fit(f, case.sizes[f.symbol] // 8 * 8 + 8) for f in problem.free_sizes}
    otherwise = replace(case, name=case_sizes.named(case.sizes), sizes=even)
    return replace(case, name=case_sizes.named(case.sizes), otherwise=(otherwise,))


def grown(problem: Problem, start: Sizes, wanted: int, most: int) -> Sizes:
    """``start`` with its smallest size made half as large again, one after the other, until outputs have ``wanted``
    elements, or inputs and outputs would have more than ``most``. No two become equal."""
    free = [f for f in problem.free_sizes if _grows(problem, f, start)]
    sizes = dict(start)
    while _outputs(problem, sizes) < wanted:
        choices = (_larger(f, sizes) for f in sorted(free, key=lambda f: sizes[f.symbol]))
        fitting = (c for c in choices if c != sizes and case_sizes.elements(problem, c) <= most)
        if (found := next(fitting, None)) is None:
            break
        sizes = found
    return sizes


def _larger(free: FreeSize, sizes: Sizes) -> Sizes:
    size = sizes[free.symbol]
    size += max(size // 2 // 2 * 2, 2)  # what is odd stays so
    while size in sizes.values():
        size += 2
    return sizes | {free.symbol: fit(free, size)}


def _grows(problem: Problem, free: FreeSize, sizes: Sizes) -> bool:
    return _outputs(problem, _larger(free, sizes)) > _outputs(problem, sizes)


def _outputs(problem: Problem, sizes: Mapping[str, int]) -> int:
    return sum(math.prod(shape_at(spec, sizes)) for spec in problem.outputs)


def _is_random(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether two seeds give two results. What it raises with genuine numbers it does not take."""
    try:
        one, other = (reference_run.run(model, specimen, seed=SEED + n).outputs for n in (0, 1))
    except Exception:  # noqa: BLE001  the module may raise anything
        return False
    pairs = zip(tensors_in(one), tensors_in(other), strict=True)
    return not all(same_bits(a, b) for (_, a), (_, b) in pairs)
