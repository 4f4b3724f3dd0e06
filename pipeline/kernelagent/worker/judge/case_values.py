"""Other values, magnitudes and layouts for the inputs of a case, of the same shapes and types."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.arguments import KINDS, is_argument, other_argument
from kernelagent.worker.judge.complex_values import by_parts, of_complex_magnitudes
from kernelagent.worker.judge.float_values import (
    FAR,
    around,
    equal,
    far,
    growing_small,
    of_magnitudes,
    plant,
    scattered,
    spread,
    times,
    whole,
)
from kernelagent.worker.judge.integer_values import in_runs, indices, integers, masks
from kernelagent.worker.judge.layouts import Layout, as_it_lies, lay_out
from kernelagent.worker.judge.ties import drawn
from kernelagent.worker.judge.value_kinds import INFINITY, OF_COMPLEX, Values
from kernelagent.worker.problem import Specimen


def vary(
    specimen: Specimen,
    values: Values,
    seed: int,
    layouts: tuple[Layout, ...] = (),
    scale: float = 1.0,
    end: int = 0,
    palette: tuple[float, ...] = (),
    alone: tuple[int, ...] = (),
) -> Specimen:
    """The specimen's inputs with the same shapes, and other values, magnitudes or other layouts, which they take in
    turn. ``end``: what all integers stay below, for ``indices to the end``. ``palette``: what floats are drawn
    from, for ``ties``. ``alone``: which of those that are no tensors are changed; empty: all of them."""
    generator = torch.Generator().manual_seed(seed)
    turn = itertools.cycle(layouts or ("",))
    place, plain = itertools.count(), itertools.count()

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            is_meant = not alone or (is_argument(leaf) and next(plain) in alone)
            return other_argument(leaf, values) if is_meant else leaf
        if end:
            changed = indices(leaf, end, generator)
        elif palette and leaf.is_floating_point():
            changed = drawn(leaf, palette, generator)
        elif values == "slices around one value" and leaf.is_floating_point():
            changed = around(leaf, generator, next(place))
        else:
            changed = of_kind(leaf, values, generator)
        changed = times(changed, scale) if scale != 1.0 and changed.is_floating_point() else changed
        layout = next(turn) if changed.dim() else ""
        if layout == "offset":
            changed = as_it_lies(changed, leaf)
        return lay_out(changed, layout)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def of_kind(tensor: torch.Tensor, values: Values, generator: torch.Generator) -> torch.Tensor:
    """``tensor`` with values of another kind; bools and integers stay as they are unless ``values`` is for them."""
    if values == "example" or tensor.numel() == 0:
        return tensor
    if values.endswith("integers"):
        return integers(tensor, values, generator)
    if values == "masks in runs":
        return in_runs(tensor) if tensor.dtype == torch.bool and tensor.dim() else tensor
    if values.endswith("masks"):
        return masks(tensor, with_empty=values.startswith("full and")) if tensor.dtype == torch.bool else tensor
    if values == "slices that grow small together":
        return growing_small(tensor) if tensor.is_floating_point() else tensor
    if tensor.is_complex() and values in OF_COMPLEX:
        return _of_complex(tensor, values, generator)
    if not tensor.is_floating_point() or values in (*KINDS, "ties", "slices around one value"):
        return tensor
    if values.endswith("magnitudes") or values.endswith("magnitude"):
        return of_magnitudes(tensor, generator, values.startswith("slices"), "every" in values)
    narrow = tensor.dtype == torch.float16 or tensor.dtype.itemsize == 1
    if values == "signed":
        return spread(tensor, generator)
    if values == "positive":
        return spread(tensor, generator).abs()
    if values == "tiny":
        return times(tensor, 2.0**-4 if narrow else 2.0**-10)
    if values == "huge":
        return times(tensor, 2.0**7 if narrow else 2.0**13)
    if values == "large":
        return times(tensor, 2.0**5)
    if values in ("equal", "equal, positive"):
        return equal(tensor, generator, with_zeros=values == "equal")
    if values in ("far", "less far"):
        means = FAR.get(tensor.dtype)
        return far(tensor, generator, means[values == "less far"]) if means else tensor
    if values == "whole numbers":
        return whole(tensor, generator)
    tiny = torch.finfo(tensor.dtype).tiny
    if values == "denormal":
        return plant(tensor, (0.0, -0.0, tiny / 4, -tiny / 2), generator)
    if values == "zeros that meet":
        return scattered(tensor, (0.0, -0.0), generator)
    if values == "infinities that meet":
        return scattered(tensor, (0.0, INFINITY, -INFINITY), generator)
    if values == "infinity":
        return plant(tensor, (INFINITY, -INFINITY, -INFINITY), generator)
    return plant(tensor, (float("nan"), float("nan")), generator)


def _of_complex(tensor: torch.Tensor, values: Values, generator: torch.Generator) -> torch.Tensor:
    if "magnitude" in values:
        return of_complex_magnitudes(tensor, generator, values.startswith("slices"), "every" in values)
    return by_parts(tensor, lambda parts: of_kind(parts, values, generator))
