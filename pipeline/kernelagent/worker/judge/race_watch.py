"""Races inside one launch, seen although the interpreter runs programs one after the other.

On a GPU the programs of a launch run in any order and at once. So what one program writes and another reads or
overwrites with something else has no defined value, unless an atomic operation orders the two: a release by the first,
on the same address an acquire by the second. That order is kept as a clock for each program, as FastTrack does
(Flanagan and Freund, PLDI 2009).

Inside one program the threads of a block race too: what was stored may be loaded by another thread before it is there,
unless a barrier stands between, or each thread loads what it stored itself (the same places of a block of one shape).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from triton.runtime import interpreter

_RAW = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_PROGRAM, _SHAPE, _BARRIERS = 32, 32, 44
"""Where the fields of a word begin."""
_LOW, _NO_SHAPE = (1 << 32) - 1, (1 << 12) - 1
_MANY = (1 << 31) - 1
MAX_ELEMENTS = 1 << 24
"""Of a tensor that is watched: some words are kept for each."""
MAX_LOCKS = 4096
"""Addresses that order programs; with more of them nothing is judged any more."""
_AS_A_LOCK = 16
"""An atomic operation on more elements than this is arithmetic: it is not taken for one that orders programs."""


@dataclass
class _Traces:
    """Who touched which element of one block in this launch: a word each for the last write, its place, and reads."""

    itemsize: int
    writes: Any
    """program + 1, its clock, and whether it was an atomic operation"""
    places: Any
    """where in its block of values the element stood that was stored, the number of that block's shape, and how many
    barriers there had been"""
    reads: Any
    """program + 1 (or that there were several), and its clock"""


@dataclass
class _Clocks:
    """What each program has published, and what the one that runs now knows of the others."""

    me: int = 0
    now: dict[int, int] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    published: dict[int, dict[int, int]] = field(default_factory=dict)
    """by address of the lock"""


class RaceWatch:
    """One launch at a time. Addresses are of elements inside one block."""

    def __init__(self) -> None:
        self.unwatched: set[str] = set()
        """What was not judged in any launch so far, in words."""
        self.begin_launch()

    def begin_launch(self) -> None:
        self._traces: dict[int, _Traces] = {}
        self._shapes: dict[tuple[int, ...], int] = {}
        self._pending: tuple[Any, Any, int] | None = None
        self._clocks = _Clocks()
        self._confused = False
        self._barriers = 0

    def note_barrier(self) -> None:
        """All threads of this program have arrived: what they stored is there."""
        self._barriers += 1

    def note_atomic(self, addresses: Any, acquires: bool, releases: bool) -> None:
        """Before an atomic operation of this program, with what it orders."""
        if addresses.size > _AS_A_LOCK:
            return
        clocks = self._turn()
        for address in map(int, addresses.flat):
            published = clocks.published.setdefault(address, {})
            if len(clocks.published) > MAX_LOCKS:
                self._confused = True
                return
            if acquires:
                for program, time in published.items():
                    clocks.known[program] = max(clocks.known.get(program, -1), time)
            if releases:
                for program, time in {**clocks.known, clocks.me: clocks.now.get(clocks.me, 0)}.items():
                    published[program] = max(published.get(program, -1), time)
        if releases:
            clocks.now[clocks.me] = clocks.now.get(clocks.me, 0) + 1

    def note_load(self, start: int, nbytes: int, addresses: Any, itemsize: int, places: Any, shape: Any) -> str:
        """What is wrong with this read, or nothing. ``places`` are the flat positions of ``addresses`` in ``shape``."""
        traces = self._of(start, nbytes, itemsize)
        if traces is None:
            return ""
        clocks, index = self._turn(), _index(addresses, start, itemsize)
        writes, reads = traces.writes[index], traces.reads[index]
        writers, readers = writes >> _PROGRAM, reads >> _PROGRAM
        now = clocks.now.get(clocks.me, 0)
        mine = (readers == 0) | (readers == clocks.me)
        traces.reads[index] = np.where(mine, clocks.me << _PROGRAM | now, _MANY << _PROGRAM)
        others = (writers != 0) & (writers != clocks.me)
        if others.any() and self._unordered(writers[others], (writes[others] & _LOW) >> 1):
            return "reads what another program of the same launch wrote: on a GPU their order is not defined"
        own = (writers == clocks.me) & (writes & 1 == 0)
        if own.any():
            before = traces.places[index[own]]
            number = self._shapes.get(shape, _NO_SHAPE)
            late = before >> _BARRIERS == self._barriers
            same = (before & _LOW == places[own]) & (before >> _SHAPE & _NO_SHAPE == number) & (len(shape) > 0)
            if (late & ~same).any():
                return (
                    "reads what other threads of the same program may not have stored yet: "
                    "put tl.debug_barrier() between the store and this load"
                )
        return ""

    def note_store(
        self, start: int, nbytes: int, addresses: Any, itemsize: int, places: Any, shape: Any, atomic: bool
    ) -> str:
        """The same for a write; :meth:`after_store` tells of two writes that differ."""
        traces = self._of(start, nbytes, itemsize)
        if traces is None:
            return ""
        clocks, index = self._turn(), _index(addresses, start, itemsize)
        writes, reads = traces.writes[index], traces.reads[index]
        writers, readers = writes >> _PROGRAM, reads >> _PROGRAM
        by_atomic = writes & 1 == 1
        clash = (writers != 0) & (writers != clocks.me) & ~(by_atomic & atomic)
        unordered = clash.any() and self._unordered(writers[clash], (writes[clash] & _LOW) >> 1)
        read = (readers != 0) & (readers != clocks.me)
        read_unordered = read.any() and self._unordered(readers[read], reads[read] & _LOW)
        number = self._shapes.setdefault(shape, min(len(self._shapes), _NO_SHAPE - 1))
        # What this program has stored plainly stays so for others, also when it adds to it afterwards.
        flag = atomic & (by_atomic | (writers != clocks.me))
        shared = by_atomic & (writers != clocks.me) & atomic
        me = np.where(shared, _MANY, clocks.me).astype(np.int64)
        traces.writes[index] = me << _PROGRAM | clocks.now.get(clocks.me, 0) << 1 | flag
        traces.places[index] = places | number << _SHAPE | self._barriers << _BARRIERS
        if unordered and (atomic or by_atomic[clash].any()):
            return "mixes atomic and plain writes of several programs: on a GPU their order is not defined"
        if unordered:
            again = np.ascontiguousarray(addresses[clash])
            self._pending = (again, _peek(again, itemsize), itemsize)
        if read_unordered and not atomic:
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

    def _turn(self) -> _Clocks:
        """The clocks, with the program that runs now in its place."""
        me = _program()
        if self._clocks.me != me:
            self._clocks.me, self._clocks.known = me, {}
        return self._clocks

    def _unordered(self, programs: Any, times: Any) -> bool:
        """Whether one of these has done something that this program does not know to be over."""
        known = self._clocks.known
        if not known:
            return True
        several = programs == _MANY  # which they were is forgotten: where there is any order at all, it is believed
        return any(
            known.get(int(program), -1) < int(times[programs == program].max())
            for program in np.unique(programs[~several])
        )

    def _of(self, start: int, nbytes: int, itemsize: int) -> _Traces | None:
        if self._confused:
            self.unwatched.add(f"Races in a launch that is ordered by more than {MAX_LOCKS:,} addresses")
            return None
        if nbytes // itemsize > MAX_ELEMENTS:
            self.unwatched.add(f"Races in tensors of more than {MAX_ELEMENTS:,} elements")
            return None
        traces = self._traces.get(start)
        if traces is None:
            words = [np.zeros(nbytes // itemsize, np.int64) for _ in range(3)]
            traces = self._traces[start] = _Traces(itemsize, *words)
        if traces.itemsize != itemsize:
            self.unwatched.add("Races in memory that is used as elements of two sizes")
            return None
        return traces


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
