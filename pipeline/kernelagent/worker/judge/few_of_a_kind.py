"""Inputs in which a row holds one thing all over but for one or two places: counts of one, of two, of all but one.

A random mask is true about as often as it is false, so that ``> 1`` for ``> 0``, a mask that is ignored once all but
one hold, and a division by one less than a class has members show nowhere. Of masks and of integers that take few
values (class ids, lengths) each row is filled with one of these, and every other one comes once or twice. Of floats it
is said by a number that the module or the kernel compares with: one element of a row past it, before it, at it, or all
but one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.ties import listened
from kernelagent.worker.problem import Specimen

MOST_VALUES = 32
"""Of integers: among more of them some come once by chance."""
KINDS_OF_ROWS = 4
"""One value all over but for one place, then another one; the same but for two. Or, by a number: one past it, one
before it, one at it, one away from it."""
_MOST_NUMBERS = 8
_BESIDE = 1 / 64
"""Of a number, how near to it what is past it or before it may lie."""


def of_few_values(specimen: Specimen, along: int | None, turn: int, seed: int, singles: bool) -> Specimen:
    """Masks, and integers that take few values. ``along``: the dimension, counted from the end, along which rows lie;
    ``None``: each tensor is one. ``turn``: number of the kind of row that the first is of. Without ``singles`` no class
    has one member, only two; all but one still hold of a mask. Raises ``NoCase`` where nothing is such an input."""

    def change(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        if tensor.is_floating_point() or tensor.is_complex() or not tensor.dim():
            return tensor
        is_mask = tensor.dtype == torch.bool
        values = torch.tensor([False, True]) if is_mask else tensor.unique()  # type: ignore[no-untyped-call]
        if not 1 < len(values) <= MOST_VALUES or (along is not None and -along > tensor.dim()):
            return tensor
        rows = tensor.reshape(1, -1) if along is None else tensor.movedim(along, -1)
        found = _few(rows, values, turn, generator, None if singles else 1 if is_mask else len(values))
        return found.reshape(tensor.shape) if along is None else found.movedim(-1, along).contiguous()

    return _changed(specimen, change, seed, "no mask, and no integers of few values")


def _few(
    tensor: torch.Tensor, values: torch.Tensor, turn: int, generator: torch.Generator, without: int | None
) -> torch.Tensor:
    """``without``: rows filled with one of so many of the first values have nothing that comes once."""
    length = tensor.shape[-1]
    rows = torch.arange(tensor.numel() // max(length, 1)) + turn
    filling, second = rows % len(values), rows // len(values) % 2
    kind = second if without is None else torch.where(filling < without, 2, second)
    others = torch.arange(max(len(values) - 1, 1))
    counts = ([1, 2], [2, 1], [2, 2])
    steps = torch.zeros((3, length), dtype=torch.int64)
    for number, pair in enumerate(counts):
        step = 1 + others.repeat_interleave(torch.tensor(pair).repeat(len(others))[: len(others)])
        fitting = min(len(step), length // 2)
        steps[number, :fitting] = step[:fitting]
    rank = torch.rand((len(rows), length), generator=generator).argsort(-1)
    placed = steps[kind].gather(-1, rank)
    return values[(filling[:, None] + placed) % len(values)].reshape(tensor.shape)


def beside_numbers(
    model: torch.nn.Module, specimen: Specimen, own: tuple[float, ...], turn: int, seed: int, at: bool
) -> Specimen:
    """Floats: in each row of the last dimension one element lies past a number, before it or at it, and all others do
    not, or all but one do. The numbers are those that the module compares its floats with, 0 where it asks for zeros of
    what it has computed of them (a row that sums up to 0 is padding), then ``own``, the kernel's.
    ``at``: some lie at it. Raises ``NoCase`` where there are none, or another order of operations may turn what is
    decided of them."""
    heard = listened(model, specimen)
    zeros = [0.0] if heard.asks_for_zeros else []
    numbers = tuple(dict.fromkeys([*map(float, heard.compared_floats), *zeros, *own]))[:_MOST_NUMBERS]
    if not numbers:
        raise NoCase("it compares no float with a number")

    def change(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        if not tensor.is_floating_point() or not tensor.dim() or tensor.shape[-1] < 2:
            return tensor
        length = tensor.shape[-1]
        rows = torch.arange(tensor.numel() // length)
        row = rows + turn * len(rows)
        number = torch.tensor(numbers, dtype=torch.float64)[row // KINDS_OF_ROWS % len(numbers)][:, None]
        kind = (row % KINDS_OF_ROWS)[:, None]
        count = torch.ones_like(kind) if at else 1 + kind // 2
        is_one = torch.rand((len(rows), length), generator=generator).argsort(-1) < count
        least = number.abs().clamp(min=1.0) * max(_BESIDE, 4 * torch.finfo(tensor.dtype).eps)
        away = torch.maximum((tensor.reshape(-1, length).double() - number).abs(), least)
        found = number + torch.where(is_one ^ (kind % 2 == 1), away, -away)
        if at:
            found = torch.where((kind >= 2) & (is_one ^ (kind == 3)), number, found)
            mixed = number + torch.where(torch.rand(away.shape, generator=generator) < 1 / 2, away, -away)
            found = torch.where((kind >= 2) & ~(is_one ^ (kind == 3)), mixed, found)
        return found.reshape(tensor.shape).to(tensor.dtype)

    planted = _changed(specimen, change, seed, "no input has rows of floats")
    if listened(model, planted).is_near:
        raise NoCase("what is decided may turn with the order of operations")
    return planted


def _changed(
    specimen: Specimen, change: Callable[[torch.Tensor, torch.Generator], torch.Tensor], seed: int, why: str
) -> Specimen:
    """Equal places in tensors of one shape: masks that hold both leave something. Raises ``NoCase`` with ``why``."""
    is_changed = False

    def one(leaf: Any) -> Any:
        nonlocal is_changed
        if not isinstance(leaf, torch.Tensor) or not leaf.numel():
            return leaf
        found = change(leaf, torch.Generator().manual_seed(seed))
        is_changed |= found is not leaf
        return found

    args, kwargs = tree_map(one, (specimen.args, specimen.kwargs))
    if not is_changed:
        raise NoCase(why)
    return Specimen(args, kwargs, specimen.names)
