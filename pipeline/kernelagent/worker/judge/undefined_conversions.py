"""Which results depend on what a NaN, or a float that is too large, becomes as an integer: C++ leaves that open, and so
does PyTorch (``Tensor.to``). The module is run twice with other integers in those places; what differs nobody can be
held to."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.problem import Specimen

_FILLS = (0, 77)


def elements(model: torch.nn.Module, specimen: Specimen) -> dict[str, torch.Tensor]:
    """Path of an output or a state entry → which of its elements (bool, of its shape); paths with none are left out."""
    results = []
    for fill in _FILLS:
        mode = _Filled(fill)
        with mode:
            results.append(beside_run.flat(reference_run.run(model, specimen)))
        if not mode.has_met_any:
            return {}
    one, other = results
    same = {path: (t == other[path]) | (t.isnan() & other[path].isnan()) for path, t in one.items()}
    return {path: ~equal for path, equal in same.items() if not bool(equal.all())}


class _Filled(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Gives every undefined conversion one value."""

    def __init__(self, fill: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._fill = fill
        self.has_met_any = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is not torch.ops.aten._to_copy.default or not isinstance(result, torch.Tensor):
            return result
        source = args[0]
        if not source.is_floating_point() or result.is_floating_point() or result.dtype == torch.bool:
            return result
        info = torch.iinfo(result.dtype)
        inside = (source.double() > float(info.min) - 1) & (source.double() < float(info.max) + 1)
        if not bool(inside.all()):
            self.has_met_any = True
            result = torch.where(inside, result, self._fill)
        return result
