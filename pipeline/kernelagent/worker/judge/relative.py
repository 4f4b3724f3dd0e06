"""Whether a module calls functions that exist to be exact where their results are small."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import reference_run
from kernelagent.worker.problem import Specimen

_WHERE_SMALL = frozenset({"expm1", "log1p", "sinh", "asinh", "atanh", "erfc", "special_expm1", "special_log1p"})
"""Who calls one of them, instead of writing ``exp(x) - 1``, wants the digits that the subtraction loses."""


def is_asked(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether a call of the module runs one of them by its own name; what activations use inside does not count."""
    with _Heard() as heard:
        reference_run.run(model, specimen)
    return bool(heard.any)


class _Heard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.any: bool = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.any |= str(func._schema.name).partition("::")[2].rstrip("_") in _WHERE_SMALL
        return func(*args, **(kwargs or {}))
