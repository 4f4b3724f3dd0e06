"""Whether processes wait without computing: all threads asleep or stopped, and no processor time used, look after look.

A thread that wants to compute and gets no processor is not asleep, nor is one that waits for a disk: a busy machine
makes nobody idle.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

_LOOK_S = 0.25
_LONGEST_LOOK_S = 4 * _LOOK_S
"""A look counts for no longer: who looks may have been stopped as well, from the terminal, and all go on together."""
_WAITING = frozenset("ST")
"""Asleep, or stopped by a signal, as a candidate may stop itself."""


class Idleness:
    """Of one sandbox. ``limit_s`` is how long it may last; 0: for ever, and nothing is looked at."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._looked = 0.0
        self._idle_s = 0.0
        self._ticks = -1

    @property
    def is_due(self) -> bool:
        """It is time for another look."""
        return self._limit_s > 0 and time.monotonic() - self._looked > _LOOK_S

    def is_exceeded(self, processes: Iterable[str]) -> bool:
        """Look at these entries of ``/proc``."""
        before, self._looked = self._looked, time.monotonic()
        ticks = _ticks_of_the_waiting(processes)
        if ticks is None or ticks != self._ticks:
            self._idle_s, self._ticks = 0.0, -1 if ticks is None else ticks
        else:
            self._idle_s += min(self._looked - before, _LONGEST_LOOK_S)
        return self._idle_s > self._limit_s


def _ticks_of_the_waiting(processes: Iterable[str]) -> int | None:
    """Processor time of all threads; ``None`` when one of them is neither asleep nor stopped, or can't be looked at."""
    total, seen = 0, False
    try:
        for process in processes:
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/stat", encoding="ascii", errors="replace") as stream:
                    state, *rest = stream.read().rpartition(")")[2].split()
                if state not in _WAITING:
                    return None
                seen = True
                total += int(rest[10]) + int(rest[11])
    except (OSError, ValueError, IndexError):  # it ended meanwhile, or this kernel does not tell
        return None
    return total if seen else None
