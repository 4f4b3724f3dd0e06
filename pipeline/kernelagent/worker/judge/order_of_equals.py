"""Which results depend on the order of equal values where PyTorch promises none.

``argmax`` and ``max`` give the first of several (documented); ``topk``, an unstable ``sort``, ``median``, ``mode`` and
``kthvalue`` any of them. The module is run again with the operands of those shuffled: what comes out otherwise is
nobody's mistake, and all that comes of it (a gather by those indices) neither. ``topk`` with ``sorted=False`` leaves
open the order of all that it gives: that is turned as well, whatever the values.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.selections import Selection, selection
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.tensors import tensors_in

_aten = torch.ops.aten
OPEN = frozenset(
    {
        *(_aten.topk.default, _aten.sort.default, _aten.sort.stable, _aten.kthvalue.default),
        *(_aten.median.dim, _aten.nanmedian.dim, _aten.mode.default),
    }
)
"""Give values and indices; which of several equal values an index names is not promised."""
_SHUFFLES = 3


def in_any_order(model: torch.nn.Module, specimen: Specimen) -> set[str]:
    """Paths of outputs and state entries that change with an order which an operator was told not to care for."""
    others: list[dict[str, torch.Tensor]] = []
    for places in range(1, _SHUFFLES):
        with _Turned(places) as mode:
            others.append(beside_run.flat(reference_run.run(model, specimen)))
        if not mode.has_met_any:
            return set()
    as_it_is = beside_run.flat(reference_run.run(model, specimen))
    return {
        path
        for path, tensor in as_it_is.items()
        if any(path not in o or not same_bits(tensor, o[path]) for o in others)
    }


def dependent(model: torch.nn.Module, specimen: Specimen) -> dict[str, Selection | None]:
    """Paths of outputs (``outputs.0``) and of state entries that change when equal values are shuffled, and what can be
    asked of them all the same."""
    unordered = in_any_order(model, specimen)
    as_it_is: dict[str, torch.Tensor] = {}
    others: list[dict[str, torch.Tensor]] = []
    for seed in range(_SHUFFLES):
        with _Shuffled(seed) as mode:
            others.append(beside_run.flat(reference_run.run(model, specimen)))
        if not mode.has_met_any:
            return {}
        as_it_is = as_it_is or beside_run.flat(reference_run.run(model, specimen))
    inputs = [t for _, t in tensors_in((specimen.args, specimen.kwargs))]
    found: dict[str, Selection | None] = {}
    for path, tensor in as_it_is.items():
        if path in unordered or any(path not in o or not same_bits(tensor, o[path]) for o in others):
            alike = all(path in o and o[path].shape == tensor.shape for o in others)
            orders = [tensor, *(o[path] for o in others)]
            found[path] = selection(orders, inputs, path in unordered) if alike else None
    return found


class _Shuffled(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Operators whose order is open see their operand in another order; values and indices come back in its own."""

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._generator = torch.Generator().manual_seed(seed)
        self.has_met_any = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func not in OPEN or kwargs.get("stable"):
            return func(*args, **kwargs)
        given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **kwargs}
        operand, dim = given["self"], given.get("dim", -1)
        if operand.dim() == 0:
            return func(*args, **kwargs)
        self.has_met_any = True
        order = torch.randperm(operand.shape[dim], generator=self._generator).to(operand.device)
        values, places = func(operand.index_select(dim, order), *args[1:], **kwargs)
        return values, order[places]


class _Turned(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What an operator gives in any order comes so many places further along its dimension."""

    def __init__(self, places: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._places = places
        self.has_met_any = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **kwargs}
        if func is not _aten.topk.default or given.get("sorted", True) or not found[0].dim():
            return found
        self.has_met_any = True
        return tuple(part.roll(self._places, given.get("dim", -1)) for part in found)
