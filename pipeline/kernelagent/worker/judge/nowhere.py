"""Cases in which a module names places in what has none: rows of a table without rows.

PyTorch returns from some of these calls before it looks at an index (``index_add`` to nothing) and refuses others. No
index is right there, so what a kernel makes of one says nothing of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen


def refuse_places_nowhere(model: torch.nn.Module, specimen: Specimen) -> None:
    """Raises ``NoCase`` where a call names any, and what the module raises."""
    watch = _Watch()
    reference_run.run(model, specimen, mode=watch)
    if watch.is_nowhere:
        raise NoCase("it has indices for what has no places, so that none of them is valid")


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.is_nowhere = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **kwargs}
        self.is_nowhere = self.is_nowhere or any(size == 0 and index.numel() for index, size in _named(given))
        return func(*args, **kwargs)


def _named(given: dict[str, Any]) -> list[tuple[torch.Tensor, int]]:
    """By an operator's arguments: each tensor of indices, with how many places they are for."""
    target, index = given.get("self", given.get("weight")), given.get("index", given.get("indices"))
    if not isinstance(target, torch.Tensor):
        return []
    if isinstance(index, (list, tuple)):
        pairs = [(i, n) for i, n in zip(index, target.shape, strict=False) if isinstance(i, torch.Tensor)]
        return [(i, n) for i, n in pairs if i.dtype not in (torch.bool, torch.uint8)]
    if not isinstance(index, torch.Tensor) or not target.dim():
        return []
    if isinstance(given.get("dim"), int):
        return [(index, target.shape[given["dim"]])]
    return [] if "self" in given else [(index, target.shape[0])]
