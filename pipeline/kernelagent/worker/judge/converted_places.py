"""Sizes at which places that a module makes in float32 are others than in float64, or are rounded from exact halves.

``clip[torch.linspace(0, n - 1, 50).long()]`` takes the element before the one of exact arithmetic where float32 falls
short of a whole number, which happens at few sizes. ``quantile(x, 0.9, interpolation="nearest")`` rounds a rank, and
at few sizes one that lies halfway.
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
_MOST_HALVES = 64
_MOST_S = 2.0
"""Of processor time, for all sizes together."""


class Conversions(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What a module makes integers of while it runs, in order, and whether it rounds an exact half."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[torch.Tensor] = []
        self.rounds = False
        self.halves: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in ("round", "round_") and args[0].is_floating_point():
            self.rounds = True
            halves = args[0][args[0].frac().abs() == 0.5]
            self.halves |= {"down" if int(half.floor()) % 2 == 0 else "up" for half in halves[:_MOST_HALVES]}
        result = func(*args, **(kwargs or {}))
        if name == "_to_copy" and args[0].is_floating_point() and _is_integer(result.dtype):
            self.found.append(result.clone())
        return result


def _is_integer(dtype: torch.dtype) -> bool:
    return not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)


def sizes_of_converted_places(problem: Problem, model: torch.nn.Module, at: Mapping[str, int]) -> list[Sizes]:
    """For each free size the least at which one of these is another, and those at which a half is rounded up, and down.
    Only what is made in PyTorch's default type changes with that: inputs and weights stay what they are."""
    heard = _heard(problem, model, at, torch.float32)
    if not heard.found and not heard.rounds:
        return []
    deadline = time.process_time() + _MOST_S
    return [sizes for free in problem.free_sizes for sizes in _telling(problem, model, free, deadline)]


def _telling(problem: Problem, model: torch.nn.Module, free: FreeSize, deadline: float) -> Iterator[Sizes]:
    known: set[str] = set()
    for size in range(max(free.minimum, 2), _LARGEST + 1):
        sizes = smallest(problem) | {free.symbol: size}
        if time.process_time() > deadline or elements(problem, sizes) > PAST_ELEMENTS:
            return
        if fit(free, size) != size:
            continue
        made, exactly = (_heard(problem, model, sizes, dtype) for dtype in (torch.float32, torch.float64))
        differ = len(made.found) == len(exactly.found) and not all(map(torch.equal, made.found, exactly.found))
        what = made.halves | ({"other places"} if differ else set())
        if what - known:
            yield sizes
        known |= what


def _heard(problem: Problem, model: torch.nn.Module, sizes: Mapping[str, int], dtype: torch.dtype) -> Conversions:
    conversions = Conversions()
    with contextlib.suppress(Exception):  # sizes that the module refuses show nothing
        specimen, called = make_inputs(problem, dict(sizes), seed=1), deep_copy(model)
        with _default(dtype), conversions, torch.no_grad():
            called(*specimen.args, **specimen.kwargs)
    return conversions


@contextlib.contextmanager
def _default(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
