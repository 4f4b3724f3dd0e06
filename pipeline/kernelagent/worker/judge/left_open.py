"""Which results depend on what the standards leave open: what a NaN, or a float that is too large, becomes as an
integer (C++, and so ``Tensor.to``), and which sign a NaN has that an operation made (IEEE 754, section 6.3: on an x86
processor inf - inf is negative, on a GPU positive). The module is run twice with other values in those places; what
differs nobody can be held to."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.problem import Specimen

_CONVERTS = torch.ops.aten._to_copy.default
_AS_BITS = torch.ops.aten.view.dtype
_SIGN_OF = torch.ops.aten.signbit.default
_SIGN_FROM = torch.ops.aten.copysign.Tensor
OPERATORS = frozenset({_CONVERTS, _AS_BITS, _SIGN_OF, _SIGN_FROM})
"""Those that can meet such a value."""


def elements(model: torch.nn.Module, specimen: Specimen) -> dict[str, torch.Tensor]:
    """Path of an output or a state entry → which of its elements (bool, of its shape); paths with none are left out."""
    results = []
    for fill, negative in ((0, False), (77, True)):
        mode = _Chosen(fill, negative)
        with mode:
            results.append(beside_run.flat(reference_run.run(model, specimen)))
        if not mode.has_met_any:
            return {}
    one, other = results
    same = {path: (t == other[path]) | (t.isnan() & other[path].isnan()) for path, t in one.items()}
    return {path: ~equal for path, equal in same.items() if not bool(equal.all())}


class _Chosen(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Gives every undefined conversion one value, and every NaN one sign."""

    def __init__(self, fill: int, negative: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._fill, self._negative = fill, negative
        self.has_met_any = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is _SIGN_FROM:
            args = (args[0], self._signed(args[1]), *args[2:])
        elif func in (_AS_BITS, _SIGN_OF):
            args = (self._signed(args[0]), *args[1:])
        result = func(*args, **(kwargs or {}))
        return self._converted(args[0], result) if func is _CONVERTS else result

    def _signed(self, given: torch.Tensor) -> torch.Tensor:
        if not given.is_floating_point() or not bool(given.isnan().any()):
            return given
        self.has_met_any = True
        nan = torch.full((), float("nan"), dtype=given.dtype)
        return torch.where(given.isnan(), torch.copysign(nan, torch.tensor(-1.0 if self._negative else 1.0)), given)

    def _converted(self, source: torch.Tensor, result: Any) -> Any:
        if not isinstance(result, torch.Tensor) or not source.is_floating_point():
            return result
        if result.is_floating_point() or result.dtype == torch.bool:
            return result
        info = torch.iinfo(result.dtype)
        inside = (source.double() > float(info.min) - 1) & (source.double() < float(info.max) + 1)
        if bool(inside.all()):
            return result
        self.has_met_any = True
        return torch.where(inside, result, self._fill)
