"""The module with maxima, minima and clamps that pass over NaN: what a plain Triton kernel makes of NaN on a GPU.

``tl.max``, ``tl.maximum`` and ``tl.clamp`` give the other operand where one is NaN; PyTorch gives NaN. A kernel that
differs from PyTorch in nothing else agrees with this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten
_LOWEST, _HIGHEST = float("-inf"), float("inf")


def _with_nan_as(value: float) -> Callable[..., Any]:
    """The operator itself, NaN in its first operand replaced by the value that never wins."""

    def call(func: Any, tensor: torch.Tensor, *rest: Any, **kwargs: Any) -> Any:
        return func(tensor.masked_fill(tensor.isnan(), value), *rest, **kwargs)

    return call


def _clamp(func: Any, tensor: torch.Tensor, low: Any = None, high: Any = None, **kwargs: Any) -> Any:
    if low is not None:
        tensor = torch.fmax(tensor, torch.as_tensor(low, dtype=tensor.dtype))
    return tensor if high is None else torch.fmin(tensor, torch.as_tensor(high, dtype=tensor.dtype))


_READINGS: dict[Any, Callable[..., Any]] = {
    _aten.maximum: lambda func, one, other, **kwargs: torch.fmax(one, other),
    _aten.minimum: lambda func, one, other, **kwargs: torch.fmin(one, other),
    _aten.relu: lambda func, tensor: torch.fmax(tensor, torch.zeros_like(tensor)),
    _aten.clamp: _clamp,
    _aten.hardtanh: _clamp,
    _aten.clamp_min: _clamp,
    _aten.clamp_max: lambda func, tensor, high: _clamp(func, tensor, None, high),
    **dict.fromkeys((_aten.amax, _aten.max), _with_nan_as(_LOWEST)),
    **dict.fromkeys((_aten.amin, _aten.min), _with_nan_as(_HIGHEST)),
}


class NanPassedOver(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Runs the module so."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        reading = _READINGS.get(func.overloadpacket)
        first = args[0] if args else None
        if reading is None or not isinstance(first, torch.Tensor) or not first.is_floating_point():
            return func(*args, **(kwargs or {}))
        return reading(func, *args, **(kwargs or {}))
