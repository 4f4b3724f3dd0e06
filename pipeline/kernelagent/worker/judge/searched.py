"""What ``bucketize``, ``searchsorted`` and ``histogram`` search in has to be in order: on anything else PyTorch defines
no result, and every other way to search would give another one.

An input that is searched in is put in order in every case; where the module itself makes a sequence out of its inputs,
a case in which that is out of order is none.
"""

from __future__ import annotations

import copy
from math import inf
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.reference_run import named_inputs
from kernelagent.worker.judge.tensorfile import tensors_in
from kernelagent.worker.problem import Specimen

_aten = torch.ops.aten
_SEARCHES = {
    _aten.bucketize.Tensor: "boundaries",
    _aten.bucketize.Scalar: "boundaries",
    _aten.searchsorted.Tensor: "sorted_sequence",
    _aten.searchsorted.Scalar: "sorted_sequence",
    _aten.histogram.bins_tensor: "bins",
}


class Searched:
    """What one module searches in, learned from a call of it."""

    def __init__(self, model: torch.nn.Module, specimen: Specimen) -> None:
        """Raises what the module raises."""
        given, searches = _watched(model, specimen)
        self._searches = bool(searches.storages)
        inputs = tensors_in(named_inputs(specimen, given.args, given.kwargs))
        self._inputs = {path for path, t in inputs if t.untyped_storage().data_ptr() in searches.storages}

    def put_in_order(self, model: torch.nn.Module, specimen: Specimen) -> None:
        """Put the inputs that are searched in in order, in place; NaN, which has no place in one, becomes infinite.
        Raises ``NoCase`` where ``model`` searches in something else that is out of order."""
        for path, tensor in tensors_in(named_inputs(specimen, specimen.args, specimen.kwargs)):
            if path in self._inputs and not _is_in_order(tensor):
                rows = tensor[:1] if tensor.stride(0) == 0 else tensor
                rows.copy_(torch.nan_to_num(rows, nan=inf, posinf=inf, neginf=-inf).sort(-1).values)
        if self._searches and _watched(model, specimen)[1].is_out_of_order:
            raise NoCase("it searches in what is not in order")


class _Searches(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Watches the searches of one call."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.storages: set[int] = set()
        """Addresses of what was searched in."""
        self.is_out_of_order = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = _SEARCHES.get(func)
        if name is not None:
            given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **(kwargs or {})}
            if given.get("sorter") is None:
                self.storages.add(given[name].untyped_storage().data_ptr())
                self.is_out_of_order |= not _is_in_order(given[name])
        return func(*args, **(kwargs or {}))


def _watched(model: torch.nn.Module, specimen: Specimen) -> tuple[Specimen, _Searches]:
    """A call on copies, which come back."""
    args, kwargs = copy.deepcopy((specimen.args, specimen.kwargs))
    with torch.no_grad(), _Searches() as searches:
        copied(model)(*args, **kwargs)
    return Specimen(args, kwargs, specimen.names), searches


def _is_in_order(sequence: torch.Tensor) -> bool:
    return bool((sequence[..., 1:] >= sequence[..., :-1]).all()) and not bool(sequence.isnan().any())
