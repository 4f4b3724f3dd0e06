"""Sizes at which places that a module makes in float32 are others than in float64.

``clip[torch.linspace(0, n - 1, 50).long()]`` takes the element before the one of exact arithmetic where float32 falls
short of a whole number, which happens at few sizes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.judge.case_sizes import PAST_ELEMENTS, Sizes, elements, smallest
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.sizes import fit

_LARGEST = 131
_MOST_S = 2.0
"""Of processor time, for all sizes together."""


class Conversions(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What a module makes integers of while it runs, in order."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[torch.Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ == "_to_copy" and args[0].is_floating_point() and _is_integer(result.dtype):
            self.found.append(result.clone())
        return result


def _is_integer(dtype: torch.dtype) -> bool:
    return not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)


def sizes_of_converted_places(problem: Problem, model: torch.nn.Module, at: Mapping[str, int]) -> list[Sizes]:
    """For each free size the least at which one of these is another. Only what is made in PyTorch's default type
    changes with that: inputs and weights stay what they are."""
    if not _converted(problem, model, at, torch.float32):
        return []
    deadline = time.process_time() + _MOST_S
    chosen = (_least(problem, model, free, deadline) for free in problem.free_sizes)
    return [sizes for sizes in chosen if sizes is not None]


def _least(problem: Problem, model: torch.nn.Module, free: FreeSize, deadline: float) -> Sizes | None:
    for size in range(max(free.minimum, 2), _LARGEST + 1):
        sizes = smallest(problem) | {free.symbol: size}
        if time.process_time() > deadline or elements(problem, sizes) > PAST_ELEMENTS:
            return None
        if fit(free, size) != size:
            continue
        made, exactly = (_converted(problem, model, sizes, dtype) for dtype in (torch.float32, torch.float64))
        if len(made) == len(exactly) and not all(map(torch.equal, made, exactly)):
            return sizes
    return None


def _converted(
    problem: Problem, model: torch.nn.Module, sizes: Mapping[str, int], dtype: torch.dtype
) -> list[torch.Tensor]:
    conversions = Conversions()
    with contextlib.suppress(Exception):  # sizes that the module refuses show nothing
        specimen, called = make_inputs(problem, dict(sizes), seed=1), deep_copy(model)
        with _default(dtype), conversions, torch.no_grad():
            called(*specimen.args, **specimen.kwargs)
    return conversions.found


@contextlib.contextmanager
def _default(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
