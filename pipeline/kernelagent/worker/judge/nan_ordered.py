"""The module where its operators order NaN otherwise, and whether it asks for NaN itself.

An operator that passes NaN on has nothing to order. One whose other results depend on where NaN stands (``x > 0``,
``sort``, ``argmax``, ``searchsorted``) orders it, and PyTorch and Triton do not order it alike: there NaN is read as an
infinity. What asks for NaN by its own definition (``isnan``, ``nansum``, ``x != x``) has one answer, as equality has.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.nan_passed_over import NanPassedOver
from kernelagent.worker.judge.specimen_values import nan_as
from kernelagent.worker.judge.value_kinds import INFINITY
from kernelagent.worker.problem import Specimen

_ASKING = frozenset({"isnan", "nansum", "nan_to_num", "nanmedian", "fmax", "fmin"})
_EQUALITY = frozenset({"eq", "ne"})
_EXACT = frozenset({"isinf", "isposinf", "isneginf", *_EQUALITY})
"""What NaN, read as an infinity, would be another question for."""


@dataclass(frozen=True)
class Readings:
    """Of one call on inputs that hold NaN."""

    results: tuple[dict[str, torch.Tensor], ...]
    """By path, with NaN read as an infinity of either sign where it is ordered, and with maxima that pass over it."""
    asks: bool
    """The module asks whether its own inputs are NaN, and nothing in it orders NaN: then NaN is as good a number as any
    other."""


def readings(model: torch.nn.Module, specimen: Specimen) -> Readings:
    """Without those on which the module raises."""
    modes = [_Ordered(specimen, value) for value in (-INFINITY, INFINITY)]
    found = []
    for mode in (*modes, NanPassedOver()):  # type: ignore[no-untyped-call]
        with contextlib.suppress(Exception):  # it may raise anything on what it refuses
            found.append(beside_run.flat(reference_run.run(model, specimen, mode=mode)))
    return Readings(tuple(found), modes[0].asks and not any(mode.orders for mode in modes))


def asks_for_nan(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether the module asks for the NaN in its own inputs. Raises what the module raises."""
    mode = _Ordered(specimen, INFINITY)
    reference_run.run(model, specimen, mode=mode)
    return mode.asks


class _Ordered(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """NaN is ``value`` to whatever orders it."""

    def __init__(self, specimen: Specimen, value: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._inputs = _with_nan((specimen.args, specimen.kwargs))
        self._value = value
        self.asks = self.orders = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = _with_nan((args, kwargs))
        result = func(*args, **kwargs)
        name = func.overloadpacket.__name__.rstrip("_")
        if given and (name in _ASKING or (name in _EQUALITY and len(args) > 1 and args[0] is args[1])):
            self.asks = self.asks or any(_is_alike(t, own) for t in given for own in self._inputs)
            return result
        if not given or name in _EXACT or func._schema.is_mutable or torch.Tag.nondeterministic_seeded in func.tags:
            return result
        other_args, other_kwargs = tree_map(lambda leaf: nan_as(leaf, self._value), (args, kwargs))
        try:
            other = func(*other_args, **other_kwargs)
        except RuntimeError:  # a type that the operator takes as it is and not with other numbers
            return result
        if _agree_but_for_nan(result, other):
            return result
        self.orders = True
        return other


def _with_nan(values: Any) -> list[torch.Tensor]:
    found = (leaf for leaf in tree_leaves(values) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point())
    return [tensor for tensor in found if bool(tensor.isnan().any())]


def _is_alike(tensor: torch.Tensor, own: torch.Tensor) -> bool:
    """The same numbers in the same order, in whatever shape and type."""
    if tensor.numel() != own.numel():
        return False
    one, other = tensor.reshape(-1).double(), own.reshape(-1).double()
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def _agree_but_for_nan(result: Any, other: Any) -> bool:
    """Nothing but NaN is otherwise in ``other``."""
    return all(_is_kept(a, b) for a, b in zip(tree_leaves(result), tree_leaves(other), strict=True))


def _is_kept(one: Any, other: Any) -> bool:
    if not isinstance(one, torch.Tensor):
        return one == other or (isinstance(one, float) and math.isnan(one))
    return one.shape == other.shape and bool(((one == other) | one.isnan()).all())
