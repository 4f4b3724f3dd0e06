"""Pointers that remember which tensor they came from.

While a kernel is interpreted, the upper 16 bits of each pointer argument carry the number of its tensor (user space
ends at 47 bits, and arithmetic on indices stays below). So an access is judged by the tensor that its pointer came
from, and one that leaves it is seen even where it happens to hit another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kernelagent.worker.judge.blocks import Block

SHIFT = np.uint64(48)
_ADDRESS = np.uint64((1 << 48) - 1)


@dataclass(frozen=True)
class Window:
    """The memory that pointers of one storage may reach."""

    name: str
    """the kernel's parameter"""
    pointer: int
    """the address that was passed"""
    start: int
    end: int
    block: Block | None
    """``None``: not memory that the judge handed out"""
    element: int
    """bytes of an element of the tensor"""

    def place(self, address: int) -> str:
        """Where ``address`` lies, in elements from the pointer that the kernel was given. A tensor without elements has
        no address of its own to count from."""
        if self.end <= self.start or not self.pointer:
            return f"{self.name} has no elements at all"
        index = (address - self.pointer) // self.element
        last = (self.end - self.pointer) // self.element
        return f"element {index} of {self.name}, whose memory ends before element {last}"


class Windows:
    """Those of one launch. Number 0 is for addresses that came from elsewhere, such as a table of pointers."""

    def __init__(self) -> None:
        self._windows: list[Window] = []
        self._numbers: dict[int, int] = {}
        self._anywhere: list[Window] = []

    def add(self, name: str, tensor: torch.Tensor, block: Block | None) -> None:
        storage = tensor.untyped_storage()
        if storage.data_ptr() in self._numbers:
            return
        start = storage.data_ptr() if block is None else block.start
        size = storage.nbytes() if block is None else block.nbytes
        self._windows.append(Window(name, tensor.data_ptr(), start, start + size, block, tensor.element_size()))
        self._numbers[storage.data_ptr()] = len(self._windows)

    def allow_anywhere(self, blocks: list[Block]) -> None:
        """For a launch that was handed a table of addresses."""
        self._anywhere = [Window("memory", b.start, b.start, b.start + b.nbytes, b, 1) for b in blocks]

    def tag(self, tensor: torch.Tensor) -> int:
        """The pointer to pass for ``tensor``."""
        number = self._numbers.get(tensor.untyped_storage().data_ptr(), 0)
        return tensor.data_ptr() | number << int(SHIFT)

    def split(self, addresses: Any) -> list[tuple[Window | None, Any]]:
        """Groups of ``addresses`` (a flat array) by window, each as a mask or ``...`` for all; the window is ``None``
        for an address that belongs to none."""
        first, last = (int(end) >> int(SHIFT) for end in (addresses.min(), addresses.max()))
        if first == last and first:
            return [(self._window(first), ...)]
        tags = addresses >> SHIFT
        groups: list[tuple[Window | None, Any]] = [(self._window(int(n)), tags == n) for n in np.unique(tags) if n]
        if first == 0:
            groups += self._elsewhere(addresses, tags == 0)
        return groups

    def _window(self, number: int) -> Window | None:
        return self._windows[number - 1] if number <= len(self._windows) else None

    def _elsewhere(self, addresses: Any, among: Any) -> list[tuple[Window | None, Any]]:
        groups: list[tuple[Window | None, Any]] = []
        rest = among.copy()
        for window in self._anywhere:
            inside = among & (addresses >= np.uint64(window.start)) & (addresses < np.uint64(window.end))
            if inside.any():
                groups.append((window, inside))
                rest &= ~inside
        return [*groups, (None, rest)] if rest.any() else groups


def address(pointers: Any) -> Any:
    """Without the number of the tensor."""
    return pointers & _ADDRESS
