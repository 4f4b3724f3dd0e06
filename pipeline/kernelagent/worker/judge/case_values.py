"""Other values for the inputs of a case: magnitudes, signs, zeros and denormals, NaN and infinities."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.layouts import Layout, lay_out
from kernelagent.worker.problem import Specimen

Values = Literal["example", "signed", "positive", "tiny", "huge", "large", "denormal", "infinity", "nan"]
INFINITY = float("inf")


def vary(specimen: Specimen, values: Values, seed: int, layout: Layout = "", scale: float = 1.0) -> Specimen:
    """The specimen's inputs with the same shapes, and other values, magnitudes or another layout."""
    generator = torch.Generator().manual_seed(seed)

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        changed = of_kind(leaf, values, generator)
        return lay_out(changed * scale if scale != 1.0 and changed.is_floating_point() else changed, layout)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def of_kind(tensor: torch.Tensor, values: Values, generator: torch.Generator) -> torch.Tensor:
    """``tensor`` with values of another kind; integers and bools stay as they are."""
    if not tensor.is_floating_point() or values == "example" or tensor.numel() == 0:
        return tensor
    narrow = tensor.dtype == torch.float16
    if values == "signed":
        return spread(tensor, generator)
    if values == "positive":
        return spread(tensor, generator).abs()
    if values == "tiny":
        return tensor * (2.0**-4 if narrow else 2.0**-10)
    if values == "huge":
        return tensor * (2.0**7 if narrow else 2.0**13)
    if values == "large":
        return tensor * 2.0**5
    tiny = torch.finfo(tensor.dtype).tiny
    if values == "denormal":
        return plant(tensor, (0.0, -0.0, tiny / 4, -tiny / 2), generator)
    if values == "infinity":
        return plant(tensor, (INFINITY, -INFINITY, -INFINITY), generator)
    return plant(tensor, (float("nan"), float("nan")), generator)


def spread(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Both signs, magnitudes from about 0.01 to 30, a different mean for each slice along the last dimension."""
    normal = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
    scale = torch.exp(torch.randn(tensor.shape, generator=generator, dtype=torch.float64)).clamp(max=10.0)
    shift = torch.randn((*tensor.shape[:-1], 1) if tensor.dim() else (), generator=generator, dtype=torch.float64)
    return (normal * scale + shift).to(tensor.dtype)


def plant(tensor: torch.Tensor, values: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    """``values`` at random places, each in a stretch of its own, so that most rows of the first half keep theirs."""
    flat = tensor.detach().clone().reshape(-1)
    start, stretch = flat.numel() // 2, max((flat.numel() + 1) // 2 // len(values), 1)
    for number, value in enumerate(values):
        first = min(start + number * stretch, flat.numel() - 1)
        span = max(min(stretch, flat.numel() - first), 1)
        flat[first + int(torch.randint(span, (1,), generator=generator))] = value
    return flat.view(tensor.shape)


def without_denormals(specimen: Specimen) -> Specimen:
    """Denormals taken for zero, as a GPU's fast arithmetic takes them."""

    def flush(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        return torch.where(
            leaf.abs() < torch.finfo(leaf.dtype).tiny, torch.copysign(torch.zeros_like(leaf), leaf), leaf
        )

    args, kwargs = tree_map(flush, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_nan_as(specimen: Specimen, value: float) -> Specimen:
    """Each NaN replaced: by an infinity it is what comparisons that are false for NaN make of it."""

    def replace(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        return torch.where(leaf.isnan(), torch.full_like(leaf, value), leaf)

    args, kwargs = tree_map(replace, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)
