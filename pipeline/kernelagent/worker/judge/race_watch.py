"""Races between the programs of one launch, seen although the interpreter runs them one after the other.

On a GPU programs run in any order and at once. So an element that one program writes and another reads or overwrites
with something else, without an atomic operation between, has no defined value. A launch that uses atomics may hold
locks that this does not understand: it is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from triton.runtime import interpreter

_RAW = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_MANY = -1
MAX_ELEMENTS = 1 << 24
"""Of a tensor that is watched: two words are kept for each."""


@dataclass
class _Traces:
    """Who touched which element of one block in this launch, as program number + 1."""

    itemsize: int
    writer: Any
    reader: Any


class RaceWatch:
    """One launch at a time. Addresses are of elements inside one block."""

    def __init__(self) -> None:
        self._traces: dict[int, _Traces] = {}
        self._pending: tuple[Any, Any, int] | None = None
        self._atomics = False

    def begin_launch(self) -> None:
        self._traces.clear()
        self._pending = None
        self._atomics = False

    def note_atomic(self) -> None:
        self._atomics = True

    def note_load(self, start: int, nbytes: int, addresses: Any, itemsize: int) -> str:
        """What is wrong with this read, or nothing."""
        traces = self._of(start, nbytes, itemsize)
        if traces is None:
            return ""
        me, index = _program(), _index(addresses, start, itemsize)
        writers = traces.writer[index]
        readers = traces.reader[index]
        traces.reader[index] = np.where((readers == 0) | (readers == me), me, _MANY)
        if ((writers != 0) & (writers != me)).any():
            return "reads what another program of the same launch wrote: on a GPU their order is not defined"
        return ""

    def note_store(self, start: int, nbytes: int, addresses: Any, itemsize: int) -> str:
        """The same for a write; :meth:`after_store` tells of two writes that differ."""
        traces = self._of(start, nbytes, itemsize)
        if traces is None:
            return ""
        me, index = _program(), _index(addresses, start, itemsize)
        writers, readers = traces.writer[index], traces.reader[index]
        traces.writer[index] = me
        clash = (writers != 0) & (writers != me)
        if clash.any():
            again = np.ascontiguousarray(addresses[clash])
            self._pending = (again, _peek(again, itemsize), itemsize)
        if ((readers != 0) & (readers != me)).any():
            return "writes what another program of the same launch reads: on a GPU their order is not defined"
        return ""

    def after_store(self) -> str:
        """To be called when the values are in memory."""
        if self._pending is None:
            return ""
        addresses, before, itemsize = self._pending
        self._pending = None
        if (_peek(addresses, itemsize) != before).any():
            return "writes another value where another program of the same launch wrote: the last one wins, any may"
        return ""

    def _of(self, start: int, nbytes: int, itemsize: int) -> _Traces | None:
        if self._atomics or nbytes // itemsize > MAX_ELEMENTS:
            return None
        traces = self._traces.get(start)
        if traces is None:
            count = nbytes // itemsize
            traces = _Traces(itemsize, np.zeros(count, np.int32), np.zeros(count, np.int32))
            self._traces[start] = traces
        return traces if traces.itemsize == itemsize else None


def _program() -> int:
    x, y, z = interpreter.interpreter_builder.grid_idx
    width, height, _ = interpreter.interpreter_builder.grid_dim
    return 1 + int(x + width * (y + height * z))


def _index(addresses: Any, start: int, itemsize: int) -> Any:
    return ((addresses - np.uint64(start)) // np.uint64(itemsize)).astype(np.int64)


def _peek(addresses: Any, itemsize: int) -> Any:
    raw = np.dtype(_RAW[itemsize])
    everywhere = np.ones(addresses.shape, dtype=bool)
    return interpreter._interpreter.load(addresses, everywhere, np.zeros(addresses.shape, dtype=raw), raw)
