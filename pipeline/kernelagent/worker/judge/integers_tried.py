"""Which integers no case had: a result of integers is exact on those that were tried, and may be computed in floats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

_WHOLE = ("bool", "int", "uint")


def integers_untried(problem: Problem, specimens: Iterable[Specimen], promised: Collection[str]) -> Iterator[str]:
    """Of each integer input that is not ``promised`` to be something, where less than half of its type's range was
    tried. Nothing where no result is of integers or bools."""
    if not any(spec.dtype.startswith(_WHOLE) for spec in problem.outputs):
        return
    ranges: dict[str, tuple[int, int, torch.dtype]] = {}
    for specimen in specimens:
        for name, tensor in named_tensors(specimen):
            is_whole = not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool)
            if is_whole and tensor.numel() and name not in promised:
                low, high, _ = ranges.get(name, (0, 0, tensor.dtype))
                ranges[name] = min(low, int(tensor.min())), max(high, int(tensor.max())), tensor.dtype
    for name, (low, high, dtype) in ranges.items():
        limits = torch.iinfo(dtype)
        below = f"below {low:,}" if low > limits.min // 2 else ""
        above = f"above {high:,}" if high < limits.max // 2 else ""
        if below or above:
            yield f"Integers of {name} {' or '.join(filter(None, (below, above)))}"
