"""What a wrapper on a GPU copies to the host or draws there: where the contents come from."""

from __future__ import annotations

from typing import Any

import torch

from kernelagent.worker.problem.tensors import address

COPIES = frozenset({"_to_copy", "to"})
"""The second is what is seen in an operator of the file's own."""
IN_PLACE = frozenset({"copy_", "fill_", "zero_", "set_"})
SEEDS = "seeds"
"""The source of what PyTorch's generator drew on the host."""


class Fetched:
    """Of one call. Copies are held, so that no address is used again."""

    def __init__(self) -> None:
        self._copies: dict[int, tuple[torch.Tensor, set[str]]] = {}

    def note(self, name: str, args: Any, result: torch.Tensor, sources: set[str]) -> None:
        """An operator ``name`` gave ``result`` on the host, out of contents of these sources."""
        if SEEDS in sources:
            self._copies[address(result)] = (result, {SEEDS})
        elif name in COPIES:
            self._copies[address(result)] = (result, set(sources))
        elif name in IN_PLACE and (known := self._copies.get(address(args[0]))) is not None:
            known[1].update(sources)

    def sources(self, tensor: torch.Tensor) -> set[str]:
        """Where a copy's contents come from, and a view's of one; empty for everything else."""
        known = self._copies.get(address(tensor))
        return set() if known is None else known[1]
