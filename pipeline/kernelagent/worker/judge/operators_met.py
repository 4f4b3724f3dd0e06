"""Which operators of PyTorch a module runs on some inputs: looking into one that it does not run would run the module
again for nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import reference_run
from kernelagent.worker.problem import Specimen

FLOAT64 = frozenset({"float64"})
"""Stands among them where one gives a tensor of float64."""


def operators_met(model: torch.nn.Module, specimen: Specimen) -> frozenset[Any]:
    """ATen's operators, after decomposition into what is dispatched; one run of the module."""
    met = _Met()
    reference_run.run(model, specimen, mode=met)
    return frozenset(met.operators)


class _Met(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operators: set[Any] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operators.add(func)
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.dtype == torch.float64:
            self.operators |= FLOAT64
        return result
