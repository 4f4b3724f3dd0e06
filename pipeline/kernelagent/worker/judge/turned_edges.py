"""Which integers of a result another sound order of operations would turn: what is rounded to them, or compared for
them, lies within its own rounding of an edge (``127 / s`` in one rounding or in two, times a half of ``s``).

The module is run with what it computed before such a step moved by a few units in the last place each way; what lies
between the results is as right as its own. Inputs, and what every exact arithmetic makes of them (``sureness.py``),
stay where they are.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.sureness import SURE, Sureness
from kernelagent.worker.problem import Specimen

_ROUNDS = frozenset({"round", "floor", "ceil", "trunc", "floor_divide", "gt", "ge", "lt", "le"})
_UNITS = 2.0


def ends(
    model: torch.nn.Module, specimen: Specimen, result: reference_run.ReferenceRun
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Path of an output or a state entry of integers or booleans → its least and its largest results; paths that are
    the same in all runs are left out. ``result``: what the module gives as it is."""
    asked = {path: t for path, t in beside_run.flat(result).items() if not t.is_floating_point() and not t.is_complex()}
    found: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for direction in (1.0, -1.0) if asked else ():
        with _Moved(direction) as moved:
            other = beside_run.flat(reference_run.run(model, specimen))
        if not moved.has_met_any:
            return {}
        for path, tensor in asked.items():
            if path in other and other[path].shape == tensor.shape and not torch.equal(other[path], tensor):
                low, high = found.get(path, (tensor, tensor))
                found[path] = torch.minimum(low, other[path]), torch.maximum(high, other[path])
    return found


class _Moved(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Moves the first operand of what rounds or compares, away from zero or towards it, where it is not sure."""

    def __init__(self, direction: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._direction = direction
        self._sureness = Sureness()
        self.has_met_any = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        before = self._sureness.of(tensors)
        name = str(func._schema.name).partition("::")[2]
        if before != SURE and (name in _ROUNDS or _truncates(name, args, kwargs)):
            self.has_met_any = True
            args = (self._moved(name, args[0]), *args[1:])
        result = func(*args, **kwargs)
        self._sureness.note(func, name.rstrip("_"), args, kwargs, before, result)
        return result

    def _moved(self, name: str, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or not value.is_floating_point():
            return value
        moved = value * (1.0 + self._direction * _UNITS * torch.finfo(value.dtype).eps)
        return torch.where(value == value.round(), value, moved) if name == "_to_copy" else moved


def _truncates(name: str, args: Any, kwargs: Any) -> bool:
    to = kwargs.get("dtype")
    is_whole = to is not None and not to.is_floating_point and not to.is_complex and to != torch.bool
    return name == "_to_copy" and is_whole and args[0].is_floating_point()
