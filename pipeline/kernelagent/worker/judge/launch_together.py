"""The programs of one launch run together, as long as nothing of it can be told from running them one by one.

Arrays of the interpreter get one more axis in front, of a program each, or of length 1 where all have the same. What a
store writes is kept until all programs have run. Whatever would need their order, or would be reported (an access out
of bounds, a read of what nobody wrote, two programs at one element, a program that reads what the launch stores), ends
it: the launch is begun again, one program after the other, and nothing has happened before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kernelagent.worker.judge.blocks import Block
from kernelagent.worker.judge.launch_windows import Window, Windows, address
from kernelagent.worker.judge.race_watch import MAX_ELEMENTS
from kernelagent.worker.judge.room import Lanes

ELEMENTS = 1 << 18
"""Of the largest block, over all programs that run together: a few arrays of it stay in a processor's cache."""
FIRST, MOST = 8, 1024
"""Programs of a launch that run together before the size of its blocks is known, and ever."""
_LOADS = 4
"""Loads from one tensor that are remembered, for a store to the same places."""


class Apart(BaseException):
    """These programs have to run one after the other."""


@dataclass
class _Trace:
    """What the launch did to one block of memory."""

    itemsize: int
    writers: Any = None
    """For each element the number of the program that stored it, plus 1; made at the first store."""
    loads: list[tuple[Any, Any]] | None = field(default_factory=list)
    """Pointers and masks of the loads by the programs that run now; ``None``: too many."""
    was_loaded: bool = False
    """By programs that ran before."""


@dataclass(frozen=True)
class _Store:
    block: Block
    offsets: Any
    itemsize: int
    line: int | None


class Together:
    """One launch of ``programs`` programs."""

    def __init__(self, programs: int, grid: tuple[int, int, int]) -> None:
        self.programs = programs
        self._grid = grid
        self._first, self.count = 0, 0
        self.widest = 1
        """Elements of the largest block so far."""
        self.sole: Window | None = None
        """Where everything lies that the last :meth:`check` let pass, if it is one tensor."""
        self._traces: dict[int, _Trace] = {}
        self._stores: list[_Store] = []
        self._later: list[Callable[[], Any]] = []
        self._masked: list[Block] = []
        self.lanes = Lanes()

    def next(self, first: int) -> int:
        """How many run together now, from the ``first`` on."""
        for trace in self._traces.values():
            trace.was_loaded |= trace.loads is None or bool(trace.loads)
            trace.loads = []
        wanted = FIRST if not first else min(max(ELEMENTS // self.widest, FIRST), MOST)
        self._first, self.count = first, min(wanted, self.programs - first)
        return self.count

    def ids(self, axis: int) -> Any:
        """``tl.program_id(axis)`` of each."""
        numbers = np.arange(self._first, self._first + self.count)
        _, height, depth = self._grid
        found = (numbers // (height * depth), numbers // depth % height, numbers % depth)[axis].astype(np.int32)
        return found[:1] if (found == found[0]).all() else found

    def check(
        self, windows: Windows, pointers: Any, mask: Any, itemsize: int, line: int | None, stores: bool
    ) -> tuple[Any, Any]:
        """Plain addresses, and the mask: as ``KernelAccesses.check``, of several programs."""
        pointers = np.asarray(pointers, dtype=np.uint64)
        mask = np.broadcast_to(np.asarray(mask, dtype=bool), pointers.shape)
        each = self.count if len(pointers) == 1 else 1
        if stores and each > 1:
            raise Apart("all programs store to the same place")
        places = None if mask.all() else np.flatnonzero(mask)
        used = pointers.reshape(-1) if places is None else pointers.reshape(-1)[places]
        self.lanes += Lanes(mask.size * each, used.size * each)
        if stores:
            self._note_masked(windows, pointers, mask)
        self.sole = None
        if used.size:
            found = windows.split(used)
            self.sole = found[0][0] if len(found) == 1 else None
            for window, among in found:
                block = _around(window, used[among], itemsize)
                if not stores:
                    self._note_load(block, used[among], pointers, mask, itemsize)
                    continue
                where = np.arange(pointers.size) if places is None else places
                programs = where[among] // (pointers.size // len(pointers)) + (self._first + 1)
                self._note_store(block, used[among], programs, pointers, mask, itemsize, line)
        return address(pointers), mask

    def _note_load(self, block: Block, used: Any, pointers: Any, mask: Any, itemsize: int) -> None:
        if block.purpose == "input":
            return
        is_known = block.purpose != "empty" or block.is_whole()
        if not is_known and block.unwritten(_offsets(used, block), itemsize).any():
            raise Apart("a read of what nobody wrote")
        trace = self._trace(block, itemsize)
        if trace.writers is not None:
            raise Apart("a read of what the launch stores")
        if trace.loads is not None:
            trace.loads.append((pointers, mask))
            if len(trace.loads) > _LOADS:
                trace.loads = None

    def _note_store(
        self,
        block: Block,
        used: Any,
        programs: Any,
        pointers: Any,
        mask: Any,
        itemsize: int,
        line: int | None,
    ) -> None:
        if block.purpose == "input":
            raise Apart("a store to an input")
        offsets = _offsets(used, block)
        trace = self._trace(block, itemsize)
        if trace.loads is None or not all(_are_of(mask, pointers, *before) for before in trace.loads):
            raise Apart("a store to what the launch reads")
        trace.loads = []  # each lane has stored where it had loaded
        if trace.writers is None:
            if block.nbytes // itemsize > MAX_ELEMENTS:
                raise Apart("stores to more elements than are watched")
            trace.writers = np.zeros(block.nbytes // itemsize, dtype=np.int32)
        index = offsets // itemsize
        if (offsets % itemsize).any() or trace.writers[index].any():
            raise Apart("two stores to one element")
        trace.writers[index] = programs
        if (trace.writers[index] != programs).any():
            raise Apart("two programs store to one element")
        self._stores.append(_Store(block, offsets, itemsize, line))

    def _trace(self, block: Block, itemsize: int) -> _Trace:
        trace = self._traces.setdefault(block.start, _Trace(itemsize))
        if trace.itemsize != itemsize:
            raise Apart("elements of several sizes")
        return trace

    def _note_masked(self, windows: Windows, pointers: Any, mask: Any) -> None:
        """Blocks to which some program stores nothing at all."""
        none = ~mask.reshape(len(mask), -1).any(axis=1)
        if none.any() and pointers.size:
            firsts = pointers.reshape(len(pointers), -1)[none, 0]
            found = windows.split(firsts)
            self._masked += [window.block for window, _ in found if window is not None and window.block is not None]

    def later(self, store: Callable[[], Any]) -> None:
        """``store`` writes to memory, once all programs have run."""
        self._later.append(store)

    def commit(self) -> None:
        """All programs have run."""
        if any(t.writers is not None and (t.was_loaded or t.loads is None or t.loads) for t in self._traces.values()):
            raise Apart("a store to what the launch reads")
        for block in self._masked:
            block.sources.add("masked")
        for write in self._later:
            write()
        for store in self._stores:
            store.block.note_written(store.offsets, store.itemsize)
            store.block.sources.add("kernel")
            if store.line is not None:
                store.block.lines.add(store.line)


def _around(window: Window | None, used: Any, itemsize: int) -> Block:
    """The memory that the pointers ``used``, all of one tensor, lie in."""
    if window is None or window.block is None:
        raise Apart("memory that is no tensor of the launch's")
    first, last = (int(address(end)) for end in (used.min(), used.max()))
    if first < window.start or last + itemsize > window.end:
        raise Apart("an access out of bounds")
    return window.block


def _offsets(used: Any, block: Block) -> Any:
    """Where the pointers point, in bytes from the start of ``block``."""
    return (address(used) - np.uint64(block.start)).view(np.int64)


def _are_of(mask: Any, pointers: Any, loaded: Any, was: Any) -> bool:
    """Whether each lane stores where it had loaded, and none had loaded besides."""
    return loaded.shape == pointers.shape and np.array_equal(loaded, pointers) and not (was & ~mask).any()
