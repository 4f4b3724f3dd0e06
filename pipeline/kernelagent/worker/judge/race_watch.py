"""Races inside one launch, seen although the interpreter runs programs one after the other.

On a GPU the programs of a launch run in any order and at once. So what one program writes and another reads or
overwrites with something else has no defined value, unless an atomic operation orders the two: a release by the first,
on the same address an acquire by the second. That order is kept as a clock for each program, as FastTrack does
(Flanagan and Freund, PLDI 2009).

Inside one program the threads of a block race too, when one of two accesses to an element is a store: what was stored
may be loaded by another thread before it is there, or be overwritten before it was loaded. Unless a barrier stands
between, or one thread made both (the same place of a block of one shape). Reductions, products and whatever else passes
values between threads count as barriers, though the compiler does without for some of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from triton.runtime import interpreter

_RAW = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_PROGRAM, _SHAPE, _BARRIERS = 32, 32, 44
"""Where the fields of a word begin."""
_LOW, _NO_SHAPE = (1 << 32) - 1, (1 << 12) - 1
_SEVERAL = _NO_SHAPE - 1
"""In place of a shape's number: several places of blocks touched the element."""
_MANY = (1 << 31) - 1
_MOST_BARRIERS = (1 << 19) - 1
MAX_ELEMENTS = 1 << 24
"""Of a tensor that is watched: some words are kept for each."""
MAX_LOCKS = 4096
"""Addresses that order programs; with more of them nothing is judged any more."""
_AS_A_LOCK = 16
"""An atomic operation on more elements than this is arithmetic: it is not taken for one that orders programs."""
_NOT_DEFINED = "on a GPU their order is not defined"
_ENGINE = (
    "Loads of what the same launch stored, one of the two by a tensor descriptor: from sm_90 on the copy engine makes "
    "them, and no barrier of Triton's orders it with threads"
)
_NARROW = (
    "adds by atomic operations of scope cta to what other programs of the same launch add to: "
    "they are atomic among the threads of one program alone"
)
_ANY_MAY = "writes another value where another program of the same launch wrote: the last one wins, any may"
_WRITTEN_BEFORE = (
    "writes again what other threads of the same program may not have written yet: "
    "put tl.debug_barrier() between the two"
)


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
    read_places: Any
    """as ``places``, of the last read"""
    by_descriptor: Any
    """whether the last write in this launch was a tensor descriptor's"""
    narrow: Any
    """whether the last write was an atomic operation among the threads of its own program alone"""


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
        self._is_descriptor = False
        self._is_narrow = False
        self.adds_again = False
        """The last atomic operation fell on what one of the same launch had changed before, or on an element twice."""
        self.begin_launch()

    def begin_launch(self) -> None:
        self._traces: dict[int, _Traces] = {}
        self._shapes: dict[tuple[int, ...], int] = {}
        self._pending: tuple[Any, Any, int, str] | None = None
        self._clocks = _Clocks()
        self._confused = False
        self._barriers = 0
        self._scattered = False
        """Threads of the program that runs have stored, and no barrier has followed."""
        self._early = False
        """A release came too early for that, by some program of this launch."""

    def note_barrier(self) -> None:
        """All threads of this program have arrived: what they stored is there, and what they loaded has been read."""
        self._turn()
        self._barriers = (self._barriers + 1) & _MOST_BARRIERS
        self._scattered = False

    @contextlib.contextmanager
    def by_descriptor(self) -> Iterator[None]:
        """What is loaded or stored meanwhile is by a tensor descriptor, so by the copy engine of a Hopper GPU."""
        self._is_descriptor = True
        try:
            yield
        finally:
            self._is_descriptor = False

    @contextlib.contextmanager
    def atomic_within_a_program(self, narrow: bool) -> Iterator[None]:
        """Meanwhile atomic operations are of scope ``cta``, if ``narrow``."""
        self._is_narrow = narrow
        try:
            yield
        finally:
            self._is_narrow = False

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
                # One thread releases: what others have stored it has not seen, unless a barrier stood between.
                self._early |= self._scattered
                own = {} if self._scattered else {clocks.me: clocks.now.get(clocks.me, 0)}
                for program, time in {**clocks.known, **own}.items():
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
        stands = self._stands(places, shape)
        before = traces.read_places[index]
        again = (readers == clocks.me) & (before >> _BARRIERS == self._barriers) & (before != stands)
        _put(traces.read_places, index, np.where(again, self._at_several(), stands))
        if ((writers != 0) & (traces.by_descriptor[index] | self._is_descriptor)).any():
            self.unwatched.add(_ENGINE)
        others = (writers != 0) & (writers != clocks.me)
        if others.any() and self._unordered(writers[others], (writes[others] & _LOW) >> 1):
            return f"reads what another program of the same launch wrote: {_NOT_DEFINED}{self._cure}"
        own = writers == clocks.me
        if own.any() and self._by_other_threads(traces.places[index[own]], shape, places[own], strict=True).any():
            return (
                "reads what other threads of the same program may not have stored yet: "
                "put tl.debug_barrier() between the store and this load"
            )
        return ""

    def note_store(
        self, start: int, nbytes: int, addresses: Any, itemsize: int, places: Any, shape: Any, atomic: bool
    ) -> str:
        """The same for a write; :meth:`after_store` tells of two writes that differ."""
        self.adds_again = False
        traces = self._of(start, nbytes, itemsize)
        if traces is None:
            return ""
        clocks, index = self._turn(), _index(addresses, start, itemsize)
        writes, reads = traces.writes[index], traces.reads[index]
        writers, readers = writes >> _PROGRAM, reads >> _PROGRAM
        by_atomic = writes & 1 == 1
        self.adds_again = atomic and (bool(by_atomic.any()) or len(np.unique(index)) < len(index))
        narrow = by_atomic & atomic & (traces.narrow[index] | self._is_narrow)
        clash = (writers != 0) & (writers != clocks.me) & (~(by_atomic & atomic) | narrow)
        unordered = clash.any() and self._unordered(writers[clash], (writes[clash] & _LOW) >> 1)
        read = (readers != 0) & (readers != clocks.me)
        read_unordered = read.any() and self._unordered(readers[read], reads[read] & _LOW)
        self._scattered |= addresses.size > 1 and not atomic
        stands = self._stands(places, shape)
        own_before, own_read = writers == clocks.me, readers == clocks.me
        rewritten = own_before & ~(by_atomic & atomic) & self._by_other_threads(traces.places[index], shape, places)
        overtaken = own_read & self._by_other_threads(traces.read_places[index], shape, places)
        traces.by_descriptor[index] = self._is_descriptor
        traces.narrow[index] = self._is_narrow
        # What this program has stored plainly stays so for others, also when it adds to it afterwards.
        flag = atomic & (by_atomic | (writers != clocks.me))
        shared = by_atomic & (writers != clocks.me) & atomic
        me = np.where(shared, _MANY, clocks.me).astype(np.int64)
        traces.writes[index] = me << _PROGRAM | clocks.now.get(clocks.me, 0) << 1 | flag
        added_again = own_before & by_atomic & atomic & (traces.places[index] >> _BARRIERS == self._barriers)
        _put(traces.places, index, np.where(added_again & (traces.places[index] != stands), self._at_several(), stands))
        if unordered and narrow[clash].any():
            return f"{_NARROW}; leave the scope out"
        if unordered and (atomic or by_atomic[clash].any()):
            return f"mixes atomic and plain writes of several programs: {_NOT_DEFINED}{self._cure}"
        if read_unordered and not atomic:
            return f"writes what another program of the same launch reads: {_NOT_DEFINED}{self._cure}"
        if overtaken.any():
            return (
                "writes what other threads of the same program may not have read yet: "
                "put tl.debug_barrier() between the load and this store"
            )
        if atomic and rewritten.any():
            return _WRITTEN_BEFORE
        if unordered or rewritten.any():
            again = np.ascontiguousarray(addresses[clash | rewritten])
            self._pending = (again, _peek(again, itemsize), itemsize, _ANY_MAY if unordered else _WRITTEN_BEFORE)
        return ""

    def after_store(self) -> str:
        """To be called when the values are in memory."""
        if self._pending is None:
            return ""
        addresses, before, itemsize, said = self._pending
        self._pending = None
        return said if (_peek(addresses, itemsize) != before).any() else ""

    def _turn(self) -> _Clocks:
        """The clocks, with the program that runs now in its place."""
        me = _program()
        if self._clocks.me != me:
            self._clocks.me, self._clocks.known, self._barriers, self._scattered = me, {}, 0, False
        return self._clocks

    @property
    def _cure(self) -> str:
        between = "; put tl.debug_barrier() between a program's stores and the atomic operation that releases them"
        return between if self._early else ""

    def _stands(self, places: Any, shape: tuple[int, ...]) -> Any:
        """A word each for where an element stands in the block that is loaded or stored now."""
        number = self._shapes.setdefault(shape, min(len(self._shapes), _SEVERAL - 1))
        return places | number << _SHAPE | self._barriers << _BARRIERS

    def _at_several(self) -> int:
        return _SEVERAL << _SHAPE | self._barriers << _BARRIERS

    def _by_other_threads(self, before: Any, shape: tuple[int, ...], places: Any, strict: bool = False) -> Any:
        """Where the access that left ``before`` may be another thread's, with no barrier since. A block of one
        dimension lies in its threads as one does that has further dimensions of length 1; ``strict``: two accesses
        that have nothing to do with each other may be laid out as they like."""
        late = before >> _BARRIERS == self._barriers
        if not late.any():
            return late
        if strict:
            alike = [self._shapes[shape]] if shape else []
        else:
            alike = [number for other, number in self._shapes.items() if _alike(shape, other)]
        return late & ~((before & _LOW == places) & np.isin(before >> _SHAPE & _NO_SHAPE, alike))

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
            count = nbytes // itemsize
            writes, places, reads, read_places = (np.zeros(count, np.int64) for _ in range(4))
            by_descriptor, narrow = np.zeros(count, bool), np.zeros(count, bool)
            traces = _Traces(itemsize, writes, places, reads, read_places, by_descriptor, narrow)
            self._traces[start] = traces
        if traces.itemsize != itemsize:
            self.unwatched.add("Races in memory that is used as elements of two sizes")
            return None
        return traces


def _program() -> int:
    x, y, z = interpreter.interpreter_builder.grid_idx
    width, height, _ = interpreter.interpreter_builder.grid_dim
    return 1 + int(x + width * (y + height * z))


def _alike(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    if shape == other:
        return True
    return min(len(shape), len(other)) == 1 and [n for n in shape if n != 1] == [n for n in other if n != 1]


def _put(words: Any, index: Any, now: Any) -> None:
    """Write ``now``; where several of one access fall on an element, that several did."""
    words[index] = now
    last = words[index]
    if (more := last != now).any():
        words[index[more]] = last[more] & ~(_NO_SHAPE << _SHAPE | _LOW) | _SEVERAL << _SHAPE


def _index(addresses: Any, start: int, itemsize: int) -> Any:
    return ((addresses - np.uint64(start)) // np.uint64(itemsize)).astype(np.int64)


def _peek(addresses: Any, itemsize: int) -> Any:
    raw = np.dtype(_RAW[itemsize])
    everywhere = np.ones(addresses.shape, dtype=bool)
    return interpreter._interpreter.load(addresses, everywhere, np.zeros(addresses.shape, dtype=raw), raw)
