"""Launches that a wrapper repeats until nothing changes any more: whether the last ones changed anything in any case.

A wrapper that passes over its data a number of times, each pass on what the one before it left, is right for inputs
that take no more passes. Where the last never found anything left to do, nobody saw what comes of inputs that take
more.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection

import torch

from kernelagent.worker.problem.carried import raw_bytes

LEAST = 3
"""Launches on each other's results that are a repetition: two buffers that change places show it from the third on."""
_MOST_BYTES = 1 << 22
"""Of a launch's tensors; larger ones are not read again after each launch."""

_Place = tuple[int, str]
"""Line of the launch, and the kernel."""


class SettledLaunches:
    """Of one candidate's process."""

    def __init__(self) -> None:
        self._count: dict[_Place, int] = {}
        self._held: dict[_Place, tuple[int, ...]] = {}
        """Of this call: what a launch's tensors held after the last one, in no order."""
        self._changed: dict[_Place, bool] = {}
        """Whether the last launch of this call left something else than the one before it."""
        self._repeated: set[_Place] = set()
        self._late: set[_Place] = set()
        """Those whose last launch changed something once, or may have."""

    def begin(self) -> None:
        """Another call."""
        for place, count in self._count.items():
            if count >= LEAST:
                self._repeated.add(place)
                if self._changed[place]:
                    self._late.add(place)
        self._count, self._held, self._changed = {}, {}, {}

    def after(self, kernel: str, line: int | None, tensors: Collection[torch.Tensor]) -> None:
        """One launch has ended."""
        if line is None or (line, kernel) in self._late or not any(tensor.nbytes for tensor in tensors):
            return
        place = line, kernel
        self._count[place] = self._count.get(place, 0) + 1
        held = _digests(tensors)
        self._changed[place] = held is None or held != self._held.get(place)
        if held is not None:
            self._held[place] = held

    def unseen(self) -> list[tuple[int, str]]:
        self.begin()
        told = "was launched again and again, and the last time left things as they were in every case"
        return [(line, f"{kernel} {told}") for line, kernel in sorted(self._repeated - self._late)]


def _digests(tensors: Collection[torch.Tensor]) -> tuple[int, ...] | None:
    """``None`` where there is too much to read."""
    if sum(tensor.nbytes for tensor in tensors) > _MOST_BYTES:
        return None
    return tuple(sorted(zlib.crc32(raw_bytes(tensor).numpy().data) for tensor in tensors))
