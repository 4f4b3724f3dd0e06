"""What the tensors held that a piece was called with, so that its example can be like them."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

MOST = 1 << 20
"""Elements that are looked at, evenly over the tensor."""


def seen(tensor: torch.Tensor) -> list[float] | list[int] | None:
    """``[mean, standard deviation, lowest]`` of a tensor of floats, ``[lowest, highest]`` of one of integers; ``None``
    of another, or where it is not finite."""
    if not tensor.numel() or tensor.is_complex() or tensor.dtype is torch.bool:
        return None
    with _disable_current_modes(), torch.no_grad():
        values = tensor.detach().reshape(-1)
        if not values.is_floating_point():
            return [int(values.min()), int(values.max())]
        some = values[:: max(1, values.numel() // MOST)].double()
        finite = bool(torch.isfinite(some).all())
        return [float(some.mean()), float(some.std(unbiased=False)), float(some.min())] if finite else None


def noting(model: torch.nn.Module) -> dict[str, list[list[float] | list[int] | None]]:
    """A table by class of the pieces of ``model``, its direct children, that fills as they are called: what each of
    their arguments held at the first call."""
    found: dict[str, list[list[float] | list[int] | None]] = {}

    def note(module: torch.nn.Module, args: Any) -> None:
        name = type(module).__name__
        if name not in found and all(isinstance(value, torch.Tensor) for value in args):
            found[name] = [seen(value) for value in args]

    for child in model.children():
        child.register_forward_pre_hook(note)
    return found
