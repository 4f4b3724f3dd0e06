"""Inputs whose neighbours along a dimension have signs and an order of a kind for many steps: signs that alternate,
values that rise, fall, go up and down, or stay.

Of random values four in a row have one sign once in eight; twenty-four that alternate never come. A module that asks
whether signs or an order hold all over a window, or how often they change, meets here both answers.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.rows_along import by_row, longest_along, row_count, with_rows
from kernelagent.worker.judge.ties import listened
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

SIGNS_AND_SLOPES: Values = "runs of signs and slopes"
KINDS_OF_ROWS = 8
"""All alternating; rising; falling; one sign, up and down; runs that alternate; that rise; that have one sign; that
stay."""
_GROWING = (2, 3, 5, 8, 13, 21, 34, 55, 89)
_ASKS = frozenset({"signbit", "sign", "sgn"})
_COMPARES = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_CHOOSES = frozenset({"where", "masked_fill", "logical_not", "bitwise_not", "_to_copy", "copy", "mul", "clone"})
"""What is made with single bools, element by element."""
_A_LOOP = 3


class Combined(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Whether a module asks for signs, or the order of two floats, and makes something of several such answers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._asked, self._is_combined = 0, False

    @property
    def is_so(self) -> bool:
        return self._asked >= _A_LOOP or (self._asked > 0 and self._is_combined)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        tensors = [leaf for leaf in tree_leaves((args, kwargs or {})) if isinstance(leaf, torch.Tensor)]
        if any(t.is_floating_point() for t in tensors):
            is_order = name in _COMPARES and _is_zero_or_many(args[1])
            self._asked += name in _ASKS or is_order
        elif not func.is_view and name not in _CHOOSES:
            self._is_combined |= any(t.dtype == torch.bool for t in tensors)
        return func(*args, **(kwargs or {}))


def _is_zero_or_many(other: Any) -> bool:
    if isinstance(other, torch.Tensor):
        return other.numel() > 1 or (other.numel() == 1 and not other.is_complex() and float(other) == 0)
    return bool(other == 0)


def with_signs_and_slopes(model: torch.nn.Module, specimen: Specimen, along: int, turn: int, seed: int) -> Specimen:
    """Along one dimension, as in ``rows_along.places_of_rows``. ``turn``: number of the kind of row that the first is
    of. Values stay where another order of operations turns nothing that is decided of them. Raises ``NoCase`` where no
    signs or orders are put together, or another order of operations may turn what is decided all the same."""
    with Combined() as combined:
        reference_run.run(model, specimen)
    if not combined.is_so:
        raise NoCase("it puts no signs and no orders together")
    longest_along(specimen, along)
    for with_equals in (True, False):

        def change(moved: torch.Tensor, generator: torch.Generator, stays: bool = with_equals) -> torch.Tensor:
            return _changed(moved, turn, stays)

        planted = with_rows(specimen, along, seed, change)
        if not listened(model, planted).is_near:
            return planted
    raise NoCase("what is decided may turn with the order of operations")


def _changed(moved: torch.Tensor, turn: int, stays: bool) -> torch.Tensor:
    rows, steps = row_count(moved), moved.shape[-1]
    least = float(moved.double().square().mean().sqrt()) / 16 or 1.0
    magnitudes = moved.double().abs().clamp(min=least)
    ordered = magnitudes.sort(-1).values + least * torch.linspace(0, 1, steps, dtype=torch.float64)
    step = torch.arange(steps)
    ends = torch.tensor([*accumulate(_GROWING)])
    run = torch.bucketize(step, ends, right=True)
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), ends])[run]
    alternating = torch.where(step % 2 == 0, 1.0, -1.0).double()
    turned = torch.where((step + run) % 2 == 0, 1.0, -1.0).double()
    one_sign = torch.where(run % 2 == 0, 1.0, -1.0).double()
    half = steps // 2
    zigzag = torch.stack([ordered[..., :half], ordered[..., steps - half :]], -1).flatten(-2)
    zigzag = torch.cat([zigzag, ordered[..., half : steps - half]], -1)
    sawtooth = ordered.gather(-1, (step - starts).expand(moved.shape)) - ordered.mean(-1, keepdim=True)
    kinds = [
        magnitudes * alternating,
        ordered - ordered.mean(-1, keepdim=True),
        ordered.flip(-1) - ordered.mean(-1, keepdim=True),
        zigzag,
        magnitudes * turned,
        sawtooth,
        magnitudes * one_sign,
        magnitudes.gather(-1, starts.expand(moved.shape)) if stays else magnitudes,
    ]
    kind = (torch.arange(rows) + turn) % KINDS_OF_ROWS
    found = torch.zeros_like(magnitudes)
    for number, values in enumerate(kinds):
        found = torch.where(by_row((kind == number)[:, None].expand(rows, steps), moved), values, found)
    return found
