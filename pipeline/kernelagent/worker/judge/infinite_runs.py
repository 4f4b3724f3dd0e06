"""One input with -infinity for longer than a block of a kernel's, as padding and windows of a mask leave it: a running
maximum that is -infinity over the whole first block makes NaN of -inf - -inf where the result is finite.

A whole slice of -infinity does not show it, for there the module's own result is NaN; nor do single ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.planted import elementwise
from kernelagent.worker.judge.value_kinds import INFINITY
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.sizes import shape_at

MOST_INPUTS = 6
"""That are tried one by one."""


def floats_of(problem: Problem) -> list[TensorSpec]:
    return [spec for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))]


def grown_along(spec: TensorSpec, sizes: Mapping[str, int], smallest: Mapping[str, int], block: int) -> int | None:
    """The dimension, counted from the end, along which ``sizes`` have more than ``block`` elements of an input: the one
    that grew most. ``None`` where none did."""
    pairs = list(zip(shape_at(spec, sizes), shape_at(spec, smallest), strict=True))
    grown = [(size / max(least, 1), axis - len(pairs)) for axis, (size, least) in enumerate(pairs) if least < size]
    ratio, axis = max(grown, default=(1.0, 0))
    return axis if ratio > 1 and pairs[axis][0] > block else None


def with_infinite_runs(model: torch.nn.Module, specimen: Specimen, number: int, along: int, block: int) -> Specimen:
    """``specimen`` with -infinity in runs along one dimension of its floating input of that number: one slice begins
    with it for half of its length (and for a ``block``), the next ends with it, others are nothing else but for their
    last element, or their first. Raises ``NoCase`` where no finite result rests on it otherwise than element by
    element."""
    leaves, tree = tree_flatten((specimen.args, specimen.kwargs))
    floats = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
    given = leaves[floats[number]]
    infinite = torch.full_like(given, -INFINITY)
    if not bool(infinite.isinf().all()):
        raise NoCase("its type has no infinity")
    length = given.shape[along]
    at = torch.arange(length)
    cut = min(max(length // 2, block), length - 1)
    kinds = torch.stack([at < cut, at >= length - cut, at < length - 1, at >= 1])
    others = [n for axis, n in enumerate(given.shape) if axis != given.dim() + along]
    rows = given.numel() // max(length, 1)
    runs = kinds[torch.arange(rows) % len(kinds)].reshape(*others, length).movedim(-1, along)
    elsewhere = torch.where(given == -INFINITY, 0.0, given)  # or some slices would be nothing else
    leaves[floats[number]] = torch.where(runs, infinite, elsewhere)
    args, kwargs = tree_unflatten(leaves, tree)
    planted = Specimen(args, kwargs, specimen.names)
    _refuse_what_tells_nothing(model, specimen, planted, runs)
    return planted


def _refuse_what_tells_nothing(model: torch.nn.Module, clean: Specimen, planted: Specimen, runs: torch.Tensor) -> None:
    before = beside_run.flat(reference_run.run(model, clean))
    after = beside_run.flat(reference_run.run(model, planted))
    for path, found in after.items():
        other = before.get(path)
        if other is None or other.shape != found.shape or elementwise(found, other, [runs]) is not None:
            continue
        if bool((found.isfinite() & (found != other)).any()):
            return
    raise NoCase("no finite result rests on -infinity")
