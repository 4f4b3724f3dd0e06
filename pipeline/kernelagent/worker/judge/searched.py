"""What ``bucketize``, ``searchsorted`` and ``histogram`` search in has to be in order: on anything else PyTorch defines
no result, and every other way to search would give another one.

An input that is searched in is put in order in every case; where the module itself makes a sequence out of its inputs,
a case in which that is out of order is none.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from math import inf
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_inputs
from kernelagent.worker.problem.tensors import tensors_in

_aten = torch.ops.aten
_SEARCHES = {
    _aten.bucketize.Tensor: "boundaries",
    _aten.bucketize.Scalar: "boundaries",
    _aten.searchsorted.Tensor: "sorted_sequence",
    _aten.searchsorted.Scalar: "sorted_sequence",
    _aten.histogram.bins_tensor: "bins",
}


@dataclass(frozen=True)
class _Sequence:
    """What was searched in: where it lies, and how."""

    storage: int
    """Address."""
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    is_in_order: bool

    def within(self, tensor: torch.Tensor) -> torch.Tensor:
        """The same part of another memory that is laid out like it."""
        return tensor.as_strided(self.shape, self.stride, self.offset)


class Searched:
    """Whether one module searches, learned from a call of it."""

    def __init__(self, model: torch.nn.Module, specimen: Specimen) -> None:
        """Raises what the module raises."""
        self.searches = bool(_watched(model, specimen)[1])
        """Whether it does."""

    def put_in_order(self, model: torch.nn.Module, specimen: Specimen) -> None:
        """Put what is searched in of the inputs in order, in place; NaN, which has no place in one, becomes infinite.
        Raises ``NoCase`` where ``model`` searches in something of its own that is out of order."""
        if not self.searches:
            return
        copies, sequences = _watched(model, specimen)
        inputs = zip(_inputs(copies), _inputs(specimen), strict=True)
        owners = {other.untyped_storage().data_ptr(): own for other, own in inputs}
        for sequence in sequences:
            owner = owners.get(sequence.storage)
            if owner is not None and not sequence.is_in_order:
                _sort(sequence.within(owner))
        if not all(sequence.is_in_order for sequence in _watched(model, specimen)[1]):
            raise NoCase("it searches in what is not in order")


class _Searches(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Watches the searches of one call."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[_Sequence] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = _SEARCHES.get(func)
        if name is not None:
            given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **(kwargs or {})}
            if given.get("sorter") is None:
                self._note(given[name])
        return func(*args, **(kwargs or {}))

    def _note(self, sequence: torch.Tensor) -> None:
        where = sequence.untyped_storage().data_ptr(), tuple(sequence.shape), sequence.stride()
        self.found.append(_Sequence(*where, int(sequence.storage_offset()), _is_in_order(sequence)))


def _watched(model: torch.nn.Module, specimen: Specimen) -> tuple[Specimen, list[_Sequence]]:
    """The searches of a call on copies, and the copies."""
    args, kwargs = copy.deepcopy((specimen.args, specimen.kwargs))
    with torch.no_grad(), _Searches() as searches:
        copied(model)(*args, **kwargs)
    return Specimen(args, kwargs, specimen.names), searches.found


def _inputs(specimen: Specimen) -> list[torch.Tensor]:
    return [tensor for _, tensor in tensors_in(named_inputs(specimen, specimen.args, specimen.kwargs))]


def _sort(sequence: torch.Tensor) -> None:
    rows = sequence[:1] if sequence.dim() and sequence.stride(0) == 0 else sequence
    rows.copy_(torch.nan_to_num(rows, nan=inf, posinf=inf, neginf=-inf).sort(-1).values)


def _is_in_order(sequence: torch.Tensor) -> bool:
    return bool((sequence[..., 1:] >= sequence[..., :-1]).all()) and not bool(sequence.isnan().any())
