"""Sizes at which PyTorch takes another element than exact arithmetic would, since it computes places in float32.

``upsample_nearest`` takes the element ``floor(i * scale)`` of the input for the ``i``-th of the output, with ``scale``
a float32 (``aten/src/ATen/native/UpSample.h``: the quotient of the sizes, or of one by the factor that was given);
``_upsample_nearest_exact`` the one of ``i + 0.5``. The integer ``i * n_in // n_out`` is the same at most sizes: 112 to
48 is one where it is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.judge.case_sizes import PAST_ELEMENTS, Sizes, elements, smallest
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.sizes import fit

_LARGEST = 1024
"""Size to which is looked for one."""


@dataclass(frozen=True)
class _Resize:
    """One dimension that is resized."""

    n_in: int
    n_out: int
    factor: float | None
    half: bool
    """Places are those of the middles of elements."""

    def is_rounded(self) -> bool:
        """Whether a place is another in float32."""
        if self.n_in < 1 or self.n_out < 1 or self.n_out in (self.n_in, 2 * self.n_in):
            return False
        at = np.arange(self.n_out, dtype=np.float32) + np.float32(0.5 if self.half else 0.0)
        scale = np.float32(1.0 / self.factor) if self.factor else np.float32(self.n_in) / np.float32(self.n_out)
        twice = 2 * np.arange(self.n_out, dtype=np.int64) + self.half
        exactly = twice / (2 * self.factor) if self.factor else twice * self.n_in // (2 * self.n_out)
        return bool((np.floor(at * scale) != np.floor(exactly)).any())


class Resizes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What a module resizes while it runs, in order."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[_Resize] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func._schema.name).partition("::")[2]
        if name.lstrip("_").startswith("upsample_nearest") and "backward" not in name:
            given, sizes, *factors = args
            factors = [*factors, *(kwargs or {}).values()] + [None] * len(sizes)
            dims = zip(given.shape[2:], sizes, factors, strict=False)
            self.found += [_Resize(n, out, factor, "exact" in name) for n, out, factor in dims]
        return func(*args, **(kwargs or {}))


def sizes_of_rounded_places(
    problem: Problem, model: torch.nn.Module, at: Mapping[str, int], found: list[_Resize]
) -> list[Sizes]:
    """For each free size the least at which something that goes with it is resized so. ``found``: what is resized at
    the sizes ``at``."""
    if not found:
        return []
    chosen = (_least(problem, model, free, at, found) for free in problem.free_sizes)
    return [sizes for sizes in chosen if sizes is not None]


def _least(
    problem: Problem, model: torch.nn.Module, free: FreeSize, at: Mapping[str, int], found: list[_Resize]
) -> Sizes | None:
    more = {**at, free.symbol: fit(free, at[free.symbol] + 2 * free.multiple_of)}
    step = more[free.symbol] - at[free.symbol]
    resizes = Resizes()
    try:
        specimen = make_inputs(problem, more, seed=1)
        with resizes, torch.no_grad():
            deep_copy(model)(*specimen.args, **specimen.kwargs)
    except Exception:  # noqa: BLE001  other numbers of the module's do not hang on what it raises there
        return None
    if not step or len(resizes.found) != len(found):
        return None
    pairs = [pair for pair in zip(found, resizes.found, strict=True) if pair[0] != pair[1]]
    for size in range(free.minimum, _LARGEST):
        steps = (size - at[free.symbol]) / step
        if fit(free, size) == size and any(_between(one, other, steps).is_rounded() for one, other in pairs):
            sizes = smallest(problem) | {free.symbol: size}
            return sizes if elements(problem, sizes) <= PAST_ELEMENTS else None
    return None


def _between(one: _Resize, other: _Resize, steps: float) -> _Resize:
    """What it is so many steps from ``one`` in the direction of ``other``."""
    n_in, n_out = (round(a + (b - a) * steps) for a, b in ((one.n_in, other.n_in), (one.n_out, other.n_out)))
    return _Resize(n_in, int(n_in * one.factor) if one.factor else n_out, one.factor, one.half)
