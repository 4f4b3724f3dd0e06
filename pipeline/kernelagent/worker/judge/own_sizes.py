"""The candidate at the sizes of the module's example, where the interpreter can't run them: its wrapper is called on
zeros, its kernels are launched but not run.

That tells what the wrapper refuses there, what grid no GPU takes, and with which constants the kernels have to be
compiled: a block that holds a whole row grows with it. The memory is the system's own, which costs nothing before it is
touched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.launch_record import LaunchRecord
from kernelagent.worker.problem import Specimen

MOST_SECONDS = 5.0
"""Of processor time."""
MOST = 1 << 30
"""Bytes of the inputs."""

Call = Callable[[Any, Any], Any]


class NotTold(Exception):
    """Nothing can be said of these sizes; the text says why."""


def own_shapes(problem: Problem, kept: Sequence[tuple[CasePlan, Specimen, Any]]) -> list[list[int]] | None:
    """Of the example's tensors, where some free size is larger there than in any case that must be taken.

    ``None`` where none is, or the tensors are too large, or are not those of the call.
    """
    tried = [case.sizes for case, _, _ in kept if not case.may_refuse]
    if not tried or all(max(sizes[free.symbol] for sizes in tried) >= free.example for free in problem.free_sizes):
        return None
    specimen = kept[0][1]
    given = _tensors({"args": specimen.args, "kwargs": specimen.kwargs})
    shapes = [list(spec.shape) for spec in problem.inputs]
    if [t.dim() for t in given] != [len(shape) for shape in shapes]:
        return None
    return shapes if sum(t.element_size() * math.prod(s) for t, s in zip(given, shapes, strict=True)) <= MOST else None


def launches_at(
    shapes: list[list[int]], inputs: dict[str, Any], call: Call, record: LaunchRecord
) -> list[dict[str, Any]]:
    """Launches of ``call`` on zeros of ``shapes``, those of ``inputs`` (``args`` and ``kwargs``) in order.

    Raises what the candidate raises on them, and ``NotTold`` where it raises on zeros of the inputs' own shapes too, or
    there is no memory.
    """
    small = [list(tensor.shape) for tensor in _tensors(inputs)]
    record.begin()
    with record.only_noted():
        try:
            _call(small, inputs, call)
        except Exception as exc:
            raise NotTold("it raises on zeros") from exc
        record.begin()
        try:
            _call(shapes, inputs, call)
        except (RuntimeError, MemoryError) as exc:
            if isinstance(exc, MemoryError) or "allocate memory" in str(exc):
                raise NotTold("there is too little memory") from exc
            raise
    return record.launches


def _call(shapes: list[list[int]], inputs: dict[str, Any], call: Call) -> None:
    given = iter(shapes)

    def zeros(leaf: Any) -> Any:
        return torch.zeros(next(given), dtype=leaf.dtype) if isinstance(leaf, torch.Tensor) else leaf

    of_zeros = tree_map(zeros, inputs)
    call(of_zeros["args"], of_zeros["kwargs"])


def _tensors(inputs: dict[str, Any]) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    tree_map(lambda leaf: found.append(leaf) if isinstance(leaf, torch.Tensor) else None, inputs)
    return found
