"""Would a kernel that does nothing pass? Zeros, a constant, another input's output and other weights' are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from kernelagent.worker.judge.compare_tensor import compare
from kernelagent.worker.judge.tensorfile import tensors_in


@dataclass(frozen=True)
class Expected:
    """What one case must give."""

    seed: int
    """of its inputs"""
    weights: int
    native: Any
    exact: Any | None


def reasons(cases: list[Expected]) -> list[str]:
    """Sentences, one for each impostor that passes every case on which it can be tried; none: not degenerate."""
    found = [
        f"{what} would pass every case"
        for what, values in (("zeros", None), ("one constant", [_mean(t) for _, t in tensors_in(cases[0].native)]))
        if all(_passes(case, _constants(case, values)) for case in cases)
    ]
    pairs = [(one, two) for one in cases for two in cases if one is not two and _same_shapes(one, two)]
    inputs = [pair for pair in pairs if pair[0].weights == pair[1].weights]
    weights = [pair for pair in pairs if pair[0].weights != pair[1].weights and pair[0].seed == pair[1].seed]
    for changed, what in ((inputs, "the output for another input"), (weights, "the output with other weights")):
        if changed and all(_passes(one, [t for _, t in tensors_in(two.native)]) for one, two in changed):
            found.append(f"{what} would pass")
    return found


def all_equal(cases: list[Expected]) -> bool:
    """The outputs are one constant in every case: other seeds, sizes, magnitudes and weights alike."""
    if len(cases) < 2:
        return False
    values: set[tuple[int, float]] = set()
    for case in cases:
        for number, (_, tensor) in enumerate(tensors_in(case.native)):
            if tensor.numel() == 0:
                continue
            flat = tensor.reshape(-1)
            first = flat[0].item()
            if not isinstance(first, (bool, int, float)) or not bool((flat == flat[0]).all()):
                return False
            values.add((number, float(first)))
    numbers = [number for number, _ in values]
    return bool(values) and len(numbers) == len(set(numbers))


def _constants(case: Expected, values: list[float] | None) -> list[torch.Tensor]:
    """The case's outputs with one number everywhere: zero, or for each output the number given."""
    outputs = [t for _, t in tensors_in(case.native)]
    numbers = [0.0] * len(outputs) if values is None else values
    return [torch.full_like(t, value) for t, value in zip(outputs, numbers, strict=True)]


def _mean(tensor: torch.Tensor) -> float:
    if tensor.is_floating_point():
        finite = tensor[torch.isfinite(tensor)].double()
        return float(finite.mean()) if finite.numel() else 0.0
    return float(tensor.reshape(-1)[0].item()) if tensor.numel() and not tensor.is_complex() else 0.0


def _same_shapes(one: Expected, other: Expected) -> bool:
    shapes: Callable[[Expected], list[torch.Size]] = lambda case: [t.shape for _, t in tensors_in(case.native)]  # noqa: E731
    return shapes(one) == shapes(other)


def _passes(case: Expected, impostor: list[torch.Tensor]) -> bool:
    exact = [None] * len(impostor) if case.exact is None else [t for _, t in tensors_in(case.exact)]
    pairs = zip(impostor, tensors_in(case.native), exact, strict=True)
    return all(compare(fake, native, truth).reason == "" for fake, (_, native), truth in pairs)
