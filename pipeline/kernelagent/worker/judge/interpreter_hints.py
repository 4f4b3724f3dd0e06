"""``tl.multiple_of``, ``tl.max_contiguous`` and ``tl.max_constancy`` are promises: by them compiled code reads several
elements at once, under one mask.

The interpreter ignores them, so that a false promise goes unseen: on a GPU it reads other elements than the indices
say, or faults on a misaligned address. Here every promise is compared with the numbers. One that is false for a
scalar is reported; one that is false for a block is where such a block then walks along memory element by element
and the break falls inside what one wide access takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.interpreter_pointers import WIDEST_BYTES, PromisedPointers, constant
from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.judge.launch_together import Apart
from kernelagent.worker.judge.patching import replace


@dataclass(frozen=True)
class Promise:
    """A block of integers of one program, and what was said of it that is not so."""

    numbers: Any
    name: str
    group: tuple[int, ...]
    """For each axis: consecutive numbers that are said to be contiguous, or to start at a multiple of it."""


class Hints:
    """The false promises of the program that is running."""

    def __init__(self, accesses: KernelAccesses) -> None:
        self._accesses = accesses
        self._program: Any = None
        self._false: list[Promise] = []
        self._pointers = PromisedPointers()

    def note(self, name: str, block: Any, values: list[int]) -> None:
        """``tl.<name>(block, values)`` was called."""
        if self._accesses.together is not None:
            raise Apart(f"tl.{name} of several programs")
        numbers = np.asarray(block.handle.data)
        if name == "max_constancy":
            if len(values) != numbers.ndim or constant(numbers, values):
                return
            if numbers.dtype != np.bool_:
                self._forget_other_programs()
                self._pointers.constant.append(tuple(values))
            else:
                self._accesses.blame(
                    f"promises by tl.max_constancy({max(values)}) what is not so: the mask changes inside such a "
                    "group; compiled code takes one for all of it"
                )
            return
        if block.dtype.scalar.is_ptr():
            if name == "multiple_of":
                self._forget_other_programs()
                self._pointers.note_pointers(numbers, max(1, values[-1]))
            return
        if not np.issubdtype(numbers.dtype, np.integer):
            return
        if numbers.size == 1:
            if name == "multiple_of" and int(numbers.reshape(-1)[0]) % max(1, *values):
                self._accesses.blame(
                    f"promises by tl.multiple_of what is not so: {int(numbers.reshape(-1)[0])} is no multiple of "
                    f"{max(values)}; compiled code relies on it"
                )
            return
        group = tuple(min(v, n) for v, n in zip(values, numbers.shape, strict=True))
        if any(_broken(numbers, axis, size, name) for axis, size in enumerate(group) if size > 1):
            self._forget_other_programs()
            self._false.append(Promise(numbers, name, group))

    def check(self, pointers: Any, mask: Any, itemsize: int) -> None:
        """A block of addresses is about to be used: does it walk along memory by numbers that were promised falsely?"""
        if not (self._false or self._pointers.starts or self._pointers.constant):
            return
        self._forget_other_programs()
        addresses = np.asarray(pointers)
        allowed = np.broadcast_to(np.asarray(mask, dtype=bool), addresses.shape)
        if harm := self._pointers.harm(addresses, allowed, itemsize):
            self._accesses.blame(harm)
            return
        lanes = WIDEST_BYTES // itemsize
        for promise in self._false:
            for axis in range(addresses.ndim):
                if lanes > 1 and _harmful(promise, addresses, allowed, axis, itemsize, lanes):
                    said = f"tl.{promise.name}({max(promise.group)})"
                    self._accesses.blame(
                        f"uses {lanes} elements at a time where {said} says that they are contiguous and aligned; "
                        "the indices are not, and compiled code takes others or faults"
                    )
                    return

    def _forget_other_programs(self) -> None:
        program = (self._accesses.launches, interpreter.interpreter_builder.grid_idx)
        if program != self._program:
            self._program, self._false, self._pointers = program, [], PromisedPointers()


def _broken(numbers: Any, axis: int, size: int, name: str) -> bool:
    """Whether the promise fails anywhere along ``axis``."""
    along = np.moveaxis(numbers, axis, -1).astype(np.int64)
    steps = np.diff(along, axis=-1) == 1
    if name == "multiple_of":  # of the first number of each contiguous run
        starts = np.concatenate([np.ones((*along.shape[:-1], 1), bool), ~steps], axis=-1)
        return bool((along[starts] % size != 0).any())
    inside = np.arange(1, along.shape[-1]) % size != 0
    return bool((~steps & inside).any())


def _harmful(promise: Promise, addresses: Any, allowed: Any, axis: int, itemsize: int, lanes: int) -> bool:
    """Whether ``addresses`` follow the promised numbers at unit stride along ``axis``, and a wide access goes wrong."""
    numbers = promise.numbers.astype(np.int64)
    if numbers.ndim == 1 and numbers.shape[0] == addresses.shape[axis]:
        shape = [1] * addresses.ndim
        shape[axis] = -1
        numbers, group = numbers.reshape(shape), promise.group[0]
    elif numbers.ndim == addresses.ndim and _broadcasts(numbers.shape, addresses.shape):
        if numbers.shape[axis] == 1:
            return False
        group = promise.group[axis]
    else:
        return False
    lanes = min(lanes, group)
    walk = np.moveaxis(addresses.astype(np.int64), axis, -1)
    index = np.moveaxis(np.broadcast_to(numbers, addresses.shape), axis, -1)
    if lanes < 2 or not np.array_equal(np.diff(walk, axis=-1), np.diff(index, axis=-1) * itemsize):
        return False
    if not _looks_aligned(walk[..., 0].reshape(-1), itemsize):
        return False
    whole = walk.shape[-1] // lanes * lanes
    groups = (*walk.shape[:-1], whole // lanes, lanes)
    used = np.moveaxis(allowed, axis, -1)[..., :whole].reshape(groups)
    at = index[..., :whole].reshape(groups)
    together = used[..., 1:] & used[..., :-1]
    apart = (np.diff(at, axis=-1) != 1) & together
    skewed = (at[..., 0] % lanes != 0) & used.any(-1) if promise.name == "multiple_of" else np.zeros(1, bool)
    return bool(apart.any() or skewed.any())


def _looks_aligned(starts: Any, itemsize: int) -> bool:
    """Whether the compiler takes the beginnings of all rows for aligned: of a pointer it knows 16 bytes, of a stride
    whether it is a multiple of 16, and without that it reads single elements."""
    first = starts.min()
    return bool(first % WIDEST_BYTES == 0 and ((starts - first) % (16 * itemsize) == 0).all())


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    return all(n in (1, m) for n, m in zip(shape, to, strict=True))


def watch(accesses: KernelAccesses) -> Hints:
    """Compare every promise with its numbers. Only for a process that runs one candidate and ends."""
    hints = Hints(accesses)

    def patch_core(original: Any, lang: Any, *scope: Any) -> None:
        original(lang, *scope)
        for name in ("multiple_of", "max_contiguous", "max_constancy"):
            setattr(lang, name, _noting(getattr(lang, name), name, hints))

    replace(interpreter, "_patch_lang_core", patch_core)
    return hints


def _noting(original: Any, name: str, hints: Hints) -> Any:
    def promised(block: Any, values: Any) -> Any:
        result = original(block, values)
        if isinstance(block, tl.tensor):
            listed = list(values) if isinstance(values, (list, tuple)) else [values]
            hints.note(name, block, [int(getattr(value, "value", value)) for value in listed])
        return result

    return promised
