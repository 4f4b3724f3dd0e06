"""False promises about pointers, and about numbers of which masks are made: where compiled code suffers from them.

``tl.multiple_of`` on a pointer, or on a block of them, is about bytes. Whoever then walks from it in steps of single
elements is read several at a time, and a misaligned wide access faults. ``tl.max_constancy`` on numbers is handed on to
what they are compared with: one lane's comparison then stands for a whole group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kernelagent.worker.judge.launch_windows import SHIFT, address

WIDEST_BYTES = 16
"""Of one thread's load or store on every GPU that Triton compiles for."""


@dataclass
class PromisedPointers:
    """The false promises of one program."""

    starts: dict[int, set[int]] = field(default_factory=dict)
    """Number of the tensor -> addresses that were said to be aligned."""
    constant: list[tuple[int, ...]] = field(default_factory=list)
    """Sizes of groups, one for each axis, of which numbers were said to be constant."""

    def note_pointers(self, pointers: Any, size: int) -> None:
        """Pointers, or the beginnings of runs of them, were said to be multiples of ``size``."""
        flat = np.asarray(pointers, dtype=np.uint64).reshape(-1)
        plain = address(flat)
        first = np.concatenate([[True], np.diff(plain.astype(np.int64)) > 8])
        for pointer in flat[first & (plain % np.uint64(min(size, WIDEST_BYTES)) != 0)]:
            number, start = int(pointer >> SHIFT), int(address(pointer))
            self.starts.setdefault(number, set()).add(start)

    def harm(self, pointers: Any, allowed: Any, itemsize: int) -> str:
        """What is wrong with an access to ``pointers``; empty: nothing."""
        if self.starts and _walks(pointers, allowed, itemsize):
            first = np.asarray(pointers, dtype=np.uint64).reshape(-1)[0]
            starts = self.starts.get(int(first >> SHIFT), set())
            if any((int(address(first)) - start) % WIDEST_BYTES == 0 for start in starts):
                return (
                    "uses several elements at a time behind a pointer that tl.multiple_of says is aligned; it is not, "
                    "and compiled code faults"
                )
        for group in self.constant:
            if len(group) == allowed.ndim and not constant(allowed, list(group)):
                return (
                    f"promises by tl.max_constancy({max(group)}) what is not so of numbers, and uses a mask that "
                    "changes inside such a group; compiled code takes one lane's for all of it"
                )
        return ""


def _walks(pointers: Any, allowed: Any, itemsize: int) -> bool:
    """Whether two neighbours along the last axis are used that lie next to each other, and one access could take
    both."""
    plain = address(np.asarray(pointers, dtype=np.uint64)).astype(np.int64)
    if plain.ndim == 0 or itemsize >= WIDEST_BYTES:
        return False
    together = allowed[..., 1:] & allowed[..., :-1]
    return bool((together & (np.diff(plain, axis=-1) == itemsize)).any())


def constant(mask: Any, sizes: list[int]) -> bool:
    """Whether the mask is the same all over each group of ``sizes``, one for each axis."""
    for axis, size in enumerate(sizes):
        along = np.moveaxis(mask, axis, -1)
        inside = np.arange(1, along.shape[-1]) % size != 0
        if bool(((along[..., 1:] != along[..., :-1]) & inside).any()):
            return False
    return True
