"""What float64 rounds away where the module itself computes in it: an integral image whose corners are subtracted gives
0 beside a number of 2**60, and a kernel that adds up the window is nearer to the truth.

The yardstick is no more exact than the module there, and agrees with it. So the module is run again with every sum and
product in float64 disturbed by far more than its rounding: by what the result moves with that, it tells nothing.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from functools import partial
from typing import Any

import torch

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.simulated import SerialSums
from kernelagent.worker.problem import Specimen

_DISTURBED = 2.0**-47
"""Of each result, 64 times what float64 rounds: what comes of it is not rounded away itself."""
_TIMES = 8.0
"""What is allowed, of the largest difference that a draw makes: some hundred roundings, so that no chance of the draws
rejects a right number, and nothing beside what is usually asked."""
_DRAWS = 3
_TIMES_ALIKE, _DRAWS_ALIKE = 2.0, 8
"""A bound on the way (a cosine's, at 1) holds back half of what is drawn."""
_MOST_SECONDS = 1.0
_ARITHMETIC = frozenset(
    {"add", "sub", "rsub", "mul", "div", "addcmul", "addcdiv", "reciprocal", "square", "pow", "sqrt"}
)


def around_alike(
    model: torch.nn.Module, specimen: Specimen, given: reference_run.ReferenceRun
) -> dict[str, torch.Tensor]:
    """The same by what float32 rounds on the way, for inputs that are alike, where PyTorch's own result ``given`` is
    not exact: the angle between a row and itself is 0, and the arc cosine of one less a rounding is 0.0003."""
    if reference_run.is_exact(model, specimen, given):
        return {}
    return around(model, specimen, torch.finfo(torch.float32).eps, _TIMES_ALIKE, _DRAWS_ALIKE)


def around(
    model: torch.nn.Module,
    specimen: Specimen,
    disturbed: float = _DISTURBED,
    times: float = _TIMES,
    draws: int = _DRAWS,
) -> dict[str, torch.Tensor]:
    """Path of a floating result → how far off each element may be. Empty where a run takes long, or where all that
    moves does so by jumps."""
    started = time.process_time()
    exact = reference_run.run_float64(model, specimen)
    truth = beside_run.flat(exact)
    if time.process_time() - started > _MOST_SECONDS:
        return {}
    found: dict[str, torch.Tensor] = {}
    for seed in range(draws):
        whole, half = (
            beside_run.differences(truth, partial(_disturbed, model, specimen, exact.state, seed, size))
            for size in (disturbed, disturbed / 2)
        )
        for path, moved in beside_run.smooth(whole, half).items():
            off = torch.where(moved.isfinite(), times * moved.double(), 0.0)
            found[path] = torch.maximum(found[path], off) if path in found else off
    return {path: off for path, off in found.items() if bool((off > 0).any())}


def _disturbed(
    model: torch.nn.Module, specimen: Specimen, updated: Collection[str], seed: int, size: float
) -> reference_run.ReferenceRun:
    return beside_run.under(_Disturbed(seed, size), model, specimen, updated)


class _Disturbed(SerialSums):  # type: ignore[no-untyped-call]
    """The sums, and each single operation."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = super().__torch_dispatch__(func, types, args, kwargs)
        name = func.overloadpacket.__name__
        if name.rstrip("_") not in _ARITHMETIC or not isinstance(out, torch.Tensor) or out.dtype != torch.float64:
            return out
        factors = 1 + self._noise(out)
        return out.mul_(factors) if func._schema.is_mutable else out * factors
