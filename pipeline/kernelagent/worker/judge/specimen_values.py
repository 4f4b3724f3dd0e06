"""Values that all inputs of a case take together: ends of their ranges, steps, one tensor for several, no NaN."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.complex_values import by_parts
from kernelagent.worker.judge.float_values import stepping
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen

_LEAST_STEP, _MOST_STEP, _EXPONENTIAL = 1.0, 1e4, 88.0


def ends_of_the_range(specimen: Specimen, seed: int) -> Specimen:
    """Half the numbers of inputs that stay between whole numbers not further than one from zero at these: all of ``[0,
    1)`` are drawn, 0 and 1 never. Raises ``NoCase`` where no input stays there."""
    generator = torch.Generator().manual_seed(seed)
    bounded = False

    def change(leaf: Any) -> Any:
        nonlocal bounded
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or leaf.numel() < 2:
            return leaf
        low, high = float(leaf.min().floor()), float(leaf.max().ceil())
        if low < -1 or high > 1 or low == high:
            return leaf
        bounded = True
        ends = torch.tensor([low, high], dtype=leaf.dtype)[torch.randint(2, leaf.shape, generator=generator)]
        return torch.where(torch.rand(leaf.shape, generator=generator) < 0.5, ends, leaf)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    if not bounded:
        raise NoCase("no input stays within one from zero")
    return Specimen(args, kwargs, specimen.names)


def around_a_number(specimen: Specimen, number: float, seed: int) -> Specimen:
    """Inputs of floats within some hundredths of ``number``."""
    generator = torch.Generator().manual_seed(seed)

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        noise = torch.randn(leaf.shape, generator=generator, dtype=torch.float64).clamp(-3, 3)
        return (number + noise * max(abs(number), 1.0) / 64).to(leaf.dtype)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_steps(specimen: Specimen, compared: tuple[float, ...], seed: int) -> Specimen:
    """Inputs of floats that step up and down (:func:`stepping`) by a little less than the kernel compares with, and
    than an exponential takes before it is infinite."""
    generator = torch.Generator().manual_seed(seed)
    own = [abs(number) for number in compared if _LEAST_STEP <= abs(number) <= _MOST_STEP]
    steps = tuple(dict.fromkeys([*own, _EXPONENTIAL]))

    def change(leaf: Any) -> Any:
        is_meant = isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.dim() and leaf.numel()
        return stepping(leaf, steps, generator) if is_meant else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_integers_that_step(specimen: Specimen) -> Specimen:
    """The integers of each row along an input's longest dimension, the larger ones first, or last, as in
    :func:`stepping`: what is looked for lies far along."""

    def change(leaf: Any) -> Any:
        is_meant = isinstance(leaf, torch.Tensor) and not (leaf.is_floating_point() or leaf.is_complex())
        if not is_meant or leaf.dtype == torch.bool or not leaf.dim() or not leaf.numel():
            return leaf
        longest = max(range(leaf.dim()), key=lambda dim: int(leaf.shape[dim]))
        moved = leaf.movedim(longest, -1)
        rows = moved.reshape(-1, moved.shape[-1])
        number = torch.arange(len(rows))[:, None]
        cut = (number * 3 % 5 + 2) * rows.shape[1] // 8
        is_falling = number % 2 == 0
        rank = rows.to(torch.int64).argsort(dim=1, stable=True).argsort(dim=1, stable=True)
        is_late = torch.where(is_falling, rank < rows.shape[1] - cut, rank >= cut)
        order = is_late.to(torch.uint8).argsort(dim=1, stable=True)
        return rows.gather(1, order).reshape(moved.shape).movedim(-1, longest).contiguous()

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def shared(specimen: Specimen) -> Specimen:
    """Of inputs of one shape and type the first in the place of all, as ``attention(x, x, x)`` passes it."""
    known: dict[tuple[torch.Size, torch.dtype], torch.Tensor] = {}

    def change(leaf: Any) -> Any:
        return known.setdefault((leaf.shape, leaf.dtype), leaf) if isinstance(leaf, torch.Tensor) else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def near_each_other(specimen: Specimen, seed: int) -> Specimen:
    """Of floating inputs of one shape and type all but the first differ from it by a power of two of either sign, from
    a half to what the type just tells from 0 beside 1; some by nothing."""
    generator = torch.Generator().manual_seed(seed)
    known: dict[tuple[torch.Size, torch.dtype], torch.Tensor] = {}

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        first = known.setdefault((leaf.shape, leaf.dtype), leaf)
        if first is leaf:
            return leaf
        finest = max(int(-math.log2(torch.finfo(leaf.dtype).eps)) + 4, 1)
        steps = torch.randint(-finest, finest + 1, leaf.shape, generator=generator)
        away = torch.where(steps == 0, 0.0, steps.sign() * torch.exp2(-steps.abs().double()))
        return (first.double() + away).to(leaf.dtype)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def without_denormals(specimen: Specimen) -> Specimen:
    """Denormals taken for zero, as a GPU's fast arithmetic takes them; none is made on numbers of 8 bits."""

    def flush(leaf: Any) -> Any:
        if isinstance(leaf, torch.Tensor) and leaf.is_complex():
            return by_parts(leaf, flush)
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or leaf.dtype.itemsize == 1:
            return leaf
        return torch.where(
            leaf.abs() < torch.finfo(leaf.dtype).tiny, torch.copysign(torch.zeros_like(leaf), leaf), leaf
        )

    args, kwargs = tree_map(flush, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_nan_as(specimen: Specimen, value: float) -> Specimen:
    """Each NaN replaced: by an infinity it is what comparisons that are false for NaN make of it. Types that have none
    get their largest number."""

    args, kwargs = tree_map(lambda leaf: nan_as(leaf, value), (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def nan_as(leaf: Any, value: float) -> Any:
    """The same for one tensor; whatever else it is stays."""
    if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
        return leaf
    return torch.where(leaf.isnan(), torch.full_like(leaf, _within(leaf.dtype, value)), leaf)


def _within(dtype: torch.dtype, value: float) -> float:
    has_infinities = dtype not in (torch.float8_e4m3fn, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz)
    return value if has_infinities else max(min(value, torch.finfo(dtype).max), torch.finfo(dtype).min)
