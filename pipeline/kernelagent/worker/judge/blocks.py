"""One allocation of the candidate's process, and where the elements of a tensor lie in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch


@dataclass
class Block:
    """One guarded allocation."""

    whole: torch.Tensor
    """uint8, the guard bands included"""
    start: int
    """address of the first byte that may be used"""
    nbytes: int
    purpose: str
    """``input``, ``state``, ``empty`` (poisoned), ``filled`` (zeros, full ...)"""
    written: Any = None
    """bool for each byte: a store began there; made at the first store"""
    itemsize: int = 0
    """bytes of the elements that were stored; -1 when stores of several sizes were seen"""
    sources: set[str] = field(default_factory=set)
    """where its contents come from: ``kernel``, ``pytorch``, ``input``, ``constant``"""

    lines: set[int] = field(default_factory=set)
    """lines of the candidate's file that stored here"""
    _is_whole: bool = False
    _stored: int = 0
    """elements, since somebody looked whether it is whole"""

    def note_written(self, offsets: Any, itemsize: int) -> None:
        """``offsets`` are in bytes, from the start."""
        if self.written is None:
            self.written = np.zeros(self.nbytes, dtype=bool)
            self.itemsize = itemsize
        if self.itemsize != itemsize:
            self.itemsize = -1
        self.written[offsets] = True
        self._stored += offsets.size

    def is_whole(self) -> bool:
        """Whether every element was written; ``False`` where that is not known. Looked at again only after so many
        stores that looking costs less than they."""
        if not self._is_whole and self.itemsize > 0 and self._stored * self.itemsize >= self.nbytes // 4:
            self._stored = 0
            self._is_whole = bool(self.written[:: self.itemsize].all())
        return self._is_whole

    def unwritten(self, offsets: Any, itemsize: int) -> Any:
        """Which of these elements nobody has written, as far as can be told."""
        if self.purpose != "empty":
            return np.zeros(offsets.shape, dtype=bool)
        if self.written is None:
            return np.ones(offsets.shape, dtype=bool)
        if self.itemsize != itemsize:
            return np.zeros(offsets.shape, dtype=bool)
        return ~self.written[offsets]


def element_offsets(tensor: torch.Tensor, block: Block) -> Any:
    """Where each element of ``tensor`` begins, in bytes from the start of its block; of the tensor's shape."""
    offsets = np.array(tensor.data_ptr() - block.start, dtype=np.int64)
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        offsets = offsets[..., None] + np.arange(size, dtype=np.int64) * (stride * tensor.element_size())
    return offsets
