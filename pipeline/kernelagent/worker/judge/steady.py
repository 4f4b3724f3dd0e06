"""Sizes at which a module's result is more than its rounding.

Sizes are shrunk for the interpreter. A network with batch norms may then average over two numbers in its last layers,
and each of those layers makes hundreds of every unit in the last place: PyTorch's own result says nothing about a
kernel any more. Such a module is judged at larger sizes, and where PyTorch is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_sizes import Sizes, elements
from kernelagent.worker.judge.inside import makes_too_much
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.sizes import fit

_DOUBLINGS = 8
_MOST_ELEMENTS = 1 << 22
"""Of inputs and outputs, or what takes as long: beyond it a call takes the interpreter minutes."""
_MOST_WEIGHTS = 1 << 27
"""With more of them a call in float64 takes seconds, and what they are multiplied by is long enough."""


_MANY = 17
"""Along one size alone, where growth of all is of no use: past a block of 16, too."""
_MUCH_BETTER = 16
"""So many times less must PyTorch's own error be for sizes to be taken at which it is not exact either."""


@dataclass(frozen=True)
class Steady:
    """Where a module's result tells most."""

    sizes: Sizes
    exact: bool
    """PyTorch's own result is exact there."""


def steady_sizes(problem: Problem, model: torch.nn.Module, base: Sizes) -> Steady | None:
    """``base`` with all free sizes doubled, not beyond the example's, until PyTorch's own result there is exact, or
    with many more of one of them; where none is, those at which its error is least, if that is much less than at
    ``base``. ``None``: it is exact at ``base``, or no other sizes are better, or nobody can tell."""
    if sum(math.prod(spec.shape) for spec in problem.state) > _MOST_WEIGHTS:
        return None
    errors: list[tuple[float, int, Sizes]] = []
    for number, sizes in enumerate(_tried(problem, base)):
        if elements(problem, sizes) > _MOST_ELEMENTS or makes_too_much(problem, model, sizes):
            continue
        try:
            specimen = make_inputs(problem, sizes, seed=1)
            result = reference_run.run(model, specimen)
            if reference_run.is_exact(model, specimen, result):
                return Steady(sizes, exact=True) if number else None
            errors.append((reference_run.own_error(model, specimen, result), number, sizes))
        except Exception:  # noqa: BLE001  what is wrong with the example is said when it is made
            if not number:
                return None
    least = min(errors, default=None)
    if least is None or not least[1] or errors[0][1] or least[0] * _MUCH_BETTER > errors[0][0]:
        return None
    return Steady(least[2], exact=False)


def _tried(problem: Problem, base: Sizes) -> Iterator[Sizes]:
    sizes = base
    for _ in range(_DOUBLINGS + 1):
        yield sizes
        larger = {
            f.symbol: max(sizes[f.symbol], min(fit(f, 2 * sizes[f.symbol]), f.example)) for f in problem.free_sizes
        }
        if larger == sizes:
            break
        sizes = larger
    for free in problem.free_sizes:
        if (many := fit(free, _MANY)) > base[free.symbol]:
            yield base | {free.symbol: many}
