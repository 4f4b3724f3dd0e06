"""Outputs of earlier calls, looked at again after later ones: a kernel that hands out one buffer again and again
overwrites what its caller still holds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch

from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.tensors import tensors_in

_MOST_ELEMENTS = 1 << 18
"""Of outputs that are kept."""


class KeptOutputs:
    """Of one candidate process: the last outputs of each form, and what was in them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], dict[str, tuple[torch.Tensor, torch.Tensor]]] = {}

    def overwritten(self) -> list[str]:
        """Paths of kept outputs that no longer hold what they did; each is told once."""
        found: list[str] = []
        for form, outputs in list(self._kept.items()):
            changed = [path for path, (tensor, before) in outputs.items() if not same_bits(tensor, before)]
            if changed:
                found += changed
                del self._kept[form]
        return sorted(set(found))

    def keep(self, entry: str, outputs: Any, not_own: Collection[int]) -> None:
        """Keep the outputs but those in memory of others: inputs, weights (``not_own``: addresses of storages)."""
        tensors = {path: t for path, t in tensors_in(outputs) if t.untyped_storage().data_ptr() not in not_own}
        if sum(t.numel() for t in tensors.values()) > _MOST_ELEMENTS:
            return
        form = (entry, *((path, tuple(t.shape), t.dtype) for path, t in tensors.items()))
        self._kept[form] = {path: (t, t.detach().clone()) for path, t in tensors.items()}
