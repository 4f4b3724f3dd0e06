"""Integers that are large and near each other, as times and identifiers are: all of them moved by one number.

Large integers that are drawn lie far from each other, and what comes of their differences is one thing or its opposite.
Seconds of today differ by little beside what they are: a float32, which has a step of 128 there, tells few of them
apart, and subtracting before it is made one tells all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

NEAR_INTEGERS: Values = "integers around one value"
OFFSETS = {"integers around seconds of today": 1_764_000_000, "integers around 2^40": 1 << 40}
"""Name of a case → what they are moved by."""
_LITTLE = 1 << 12
"""What is as large as its integers say is seen to grow by so many more."""
_INTEGERS = (torch.int64, torch.int32, torch.uint32, torch.uint64)


def moved(model: torch.nn.Module, specimen: Specimen, offset: int, promised: Collection[str]) -> Specimen:
    """Integer inputs that hold ``offset`` beyond the example's, each more by just that. ``promised``: names of inputs
    that are as they are. Raises ``NoCase`` where none is left, or the module makes or does more the larger they are;
    and what the module raises on integers past its indices."""
    if work(model, specimen) != work(model, _by(specimen, _LITTLE, promised)):
        raise NoCase("what the module makes is as large as its integers say")
    return _by(specimen, offset, promised)


def _by(specimen: Specimen, offset: int, promised: Collection[str]) -> Specimen:
    left = {id(tensor) for name, tensor in named_tensors(specimen) if name in promised}
    number = 0

    def change(leaf: Any) -> Any:
        nonlocal number
        if not isinstance(leaf, torch.Tensor) or leaf.dtype not in _INTEGERS or not leaf.numel() or id(leaf) in left:
            return leaf
        if int(leaf.max()) + offset > torch.iinfo(leaf.dtype).max:
            return leaf
        number += 1
        return leaf + offset

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    if not number:
        raise NoCase("no integers may be so large")
    return Specimen(args, kwargs, specimen.names)


class _Work(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call: how many operators are called, and how many elements they give."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls = self.elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.calls += 1
        self.elements += sum(t.numel() for t in tree_leaves(result) if isinstance(t, torch.Tensor))
        return result


def work(model: torch.nn.Module, specimen: Specimen) -> tuple[int, int]:
    """How many operators a call of ``model`` calls, and how many elements they give."""
    with _Work() as work:
        reference_run.run(model, specimen)
    return work.calls, work.elements
