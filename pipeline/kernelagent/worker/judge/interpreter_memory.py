"""Loads and stores of the interpreter by NumPy's own indexing.

Triton's loop takes 20 to 50 ns for each element. Where all of a block lies in one tensor, which every access is asked
before (:mod:`.kernel_accesses`), the tensor's memory is an array and the block's addresses are places in it: some 2 ns.
Everything else goes the interpreter's own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.launch_windows import Window
from kernelagent.worker.judge.patching import replace


class _At:
    """Memory at an address, as NumPy asks for it."""

    def __init__(self, address: int, nbytes: int) -> None:
        self.__array_interface__ = {"data": (address, False), "shape": (nbytes,), "typestr": "|u1", "version": 3}


class Memory:
    """Of one candidate process: which tensor the next load or store lies in."""

    def __init__(self) -> None:
        self._window: Window | None = None

    @contextmanager
    def within(self, window: Window | None) -> Iterator[None]:
        """Every lane of the loads and stores in here that is not masked lies in ``window``; ``None``: not known."""
        before, self._window = self._window, window
        try:
            yield
        finally:
            self._window = before

    def storing(self, window: Window | None, store: Callable[..., Any], *given: Any, **named: Any) -> Callable[[], Any]:
        """A call of ``store`` for later, :meth:`within` the window."""

        def call() -> Any:
            with self.within(window):
                return store(*given, **named)

        return call

    def install(self) -> None:
        """Patch this process's interpreter. Only for a process that runs candidates and ends."""
        replace(interpreter._interpreter, "load", self._load)
        replace(interpreter._interpreter, "store", self._store)

    def _load(self, original: Any, pointers: Any, mask: Any, other: Any, dtype: Any) -> Any:
        dtype = np.dtype(dtype)
        found = self._places(pointers, dtype)
        if found is None or other.dtype != dtype or other.shape != pointers.shape or mask.shape != pointers.shape:
            return original(pointers, mask, other, dtype)
        array, places = found
        loaded = array.take(places, mode="clip")  # what a mask leaves out may point anywhere
        if not mask.all():
            np.copyto(loaded, other, where=~mask)
        return loaded

    def _store(self, original: Any, pointers: Any, values: Any, mask: Any) -> Any:
        found = self._places(pointers, values.dtype)
        if found is None or values.shape != pointers.shape or mask.shape != pointers.shape:
            return original(pointers, values, mask)
        array, places = found
        if not mask.all():
            places, values = places[mask], values[mask]
        np.put(array, places, values)  # one after the other, as the original does: the last lane of a place stays
        return None

    def _places(self, pointers: Any, dtype: Any) -> tuple[Any, Any] | None:
        """The window's memory as an array of ``dtype``, and where in it each pointer is."""
        window, size = self._window, dtype.itemsize
        if window is None or window.end - window.start < size or size & (size - 1):
            return None
        places = pointers - np.uint64(window.start)
        if size > 1:
            if (places & np.uint64(size - 1)).any():
                return None
            places >>= np.uint64(size.bit_length() - 1)
        nbytes = (window.end - window.start) // size * size
        return np.asarray(_At(window.start, nbytes)).view(dtype), places.view(np.int64)
