"""Sizes at which a module's result is more than its rounding.

Sizes are shrunk for the interpreter. A network with batch norms may then average over two numbers in its last layers,
and each of those layers makes hundreds of every unit in the last place: PyTorch's own result says nothing about a
kernel any more. Such a module is judged at larger sizes, and where PyTorch is exact.
"""

from __future__ import annotations

import math

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_sizes import Sizes
from kernelagent.worker.judge.inside import makes_too_much
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.sizes import fit

_DOUBLINGS = 4
_MOST_WEIGHTS = 1 << 27
"""With more of them a call in float64 takes seconds, and what they are multiplied by is long enough."""


def steady_sizes(problem: Problem, model: torch.nn.Module, base: Sizes) -> Sizes | None:
    """``base`` with all free sizes doubled, not beyond the example's, until PyTorch's own result there is exact.
    ``None``: it is at ``base``, or nowhere, or nobody can tell."""
    if sum(math.prod(spec.shape) for spec in problem.state) > _MOST_WEIGHTS:
        return None
    sizes = base
    for doublings in range(_DOUBLINGS + 1):
        if makes_too_much(problem, model, sizes):
            return None
        try:
            if _is_exact(problem, model, sizes):
                return sizes if doublings else None
        except Exception:  # noqa: BLE001  what is wrong with the example is said when it is made
            return None
        larger = {
            f.symbol: max(sizes[f.symbol], min(fit(f, 2 * sizes[f.symbol]), f.example)) for f in problem.free_sizes
        }
        if larger == sizes:
            return None
        sizes = larger
    return None


def _is_exact(problem: Problem, model: torch.nn.Module, sizes: Sizes) -> bool:
    specimen = make_inputs(problem, sizes, seed=1)
    return reference_run.is_exact(model, specimen, reference_run.run(model, specimen))
