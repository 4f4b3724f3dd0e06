"""How long a candidate may go on without getting anywhere: processor time since a program of a kernel last ended.

A slow kernel ends one program after the other; one that loops for ever does not. Time is the process's own, not the
clock's, so that a busy machine makes no kernel fail. What waits without computing, and what gets somewhere without end,
is ended by the driver, whose limit is longer.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from kernelagent.worker.judge.case_plan import WORTH_S
from kernelagent.worker.judge.patching import replace
from kernelagent.worker.sandbox.policy import STUCK

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_KEPT_BACK, _LEAST_S = 0.8, 0.25
GRACE_S = 5.0
"""For a candidate that catches the exception and goes on; then its process ends."""


ALL_WORTH_S = 24.0
"""Of processor time, for all cases together that are worth no more than ``WORTH_S``."""

TOO_LONG = "it takes too long in the interpreter"


class NoProgress(BaseException):
    """Not an ``Exception``: a handler of the candidate's for those is no answer to it."""


class TooSlow(BaseException):
    """A case that is not worth more time was left; nothing is held against the kernel."""


def was_left(exc: BaseException | None) -> bool:
    """Whether it is ``TooSlow``, or was made from that: the interpreter wraps what programs raise."""
    while exc is not None and not isinstance(exc, TooSlow):
        exc = exc.__cause__
    return exc is not None


class Patience:
    """One candidate process's. Does nothing until it is installed, and where there is no such timer (Windows)."""

    def __init__(self, kernel: Path, seconds: float, crash: TextIO) -> None:
        self._kernel = str(kernel)
        self._seconds = seconds
        self._crash = crash
        self._installed = self._running = self._spent = False
        limit = resource.getrlimit(resource.RLIMIT_CPU)[0] if resource is not None else -1
        self._most = limit if limit > 0 else None
        """Seconds of processor time that this process has; ``None``: no limit."""
        self._until = 0.0
        """Processor time at which what runs now is left; 0: never."""
        self._worth_left = ALL_WORTH_S
        self._counts = False
        """What runs next is taken off it."""
        self._slow: list[dict[str, int]] = []
        """Sizes of the cases that were left."""

    def install(self) -> None:
        """In the interpreter only: on a GPU compiling takes processor time, and no program is seen to end."""
        if not hasattr(signal, "setitimer"):
            return
        from triton.runtime import interpreter

        signal.signal(signal.SIGPROF, self._over)
        replace(interpreter.InterpreterBuilder, "set_grid_idx", self._next_program)
        self._installed = True

    def has_ended(self, case: dict[str, Any], exc: BaseException | None) -> bool:
        """Whether ``exc`` is that ``case`` was left; then others of such sizes are too."""
        if was_left(exc):
            self._slow.append(case["sizes"])
        return was_left(exc)

    def worth(self, case: dict[str, Any]) -> float:
        """Seconds of processor time that ``case`` may take; 0: as many as it takes. What is not essential takes at most
        a quarter of what is left, a fifth of the whole being kept for what is: many slow cases end no process. Raises
        ``TooSlow`` where one of no larger sizes was left."""
        if not self._installed or case["essential"] or self._most is None:
            return float(case["most_seconds"])
        sizes = case["sizes"]
        if sizes and any(all(sizes.get(symbol, 0) >= n for symbol, n in slow.items()) for slow in self._slow):
            raise TooSlow(TOO_LONG)
        left = max(_KEPT_BACK * self._most - time.process_time(), 0.0)
        self._counts = 0 < case["most_seconds"] <= WORTH_S
        worth = min(case["most_seconds"] or left, self._worth_left if self._counts else left)
        return max(min(left / 4, worth), _LEAST_S)

    @contextmanager
    def during(self, most_seconds: float = 0.0) -> Iterator[None]:
        """While the candidate's code runs: importing it, or one case. ``most_seconds`` of processor time, if any, are
        what the case is worth: then ``TooSlow`` is raised, between two programs or, where one takes so long, within it.
        """
        self._running, self._spent, began = True, False, time.process_time()
        self._until = began + most_seconds if most_seconds else 0.0
        self._start(min(self._seconds, most_seconds or self._seconds))
        try:
            yield
        finally:
            self._running = False
            self._start(0.0)
            if self._counts:
                self._worth_left, self._counts = self._worth_left - (time.process_time() - began), False

    def _next_program(self, original: Any, builder: Any, *index: Any) -> Any:
        if self._running and not self._spent:
            self._start(self._seconds)
            if self._until and time.process_time() > self._until:
                self._until = 0.0
                raise TooSlow(TOO_LONG)
        return original(builder, *index)

    def _start(self, seconds: float) -> None:
        if self._installed:
            signal.setitimer(signal.ITIMER_PROF, seconds)

    def _over(self, number: int, frame: Any) -> None:
        if not self._running:
            return
        if self._spent:
            faulthandler.dump_traceback(self._crash)
            self._crash.flush()
            os._exit(STUCK)
        self._spent = True
        self._start(GRACE_S)
        if self._until:
            raise TooSlow(TOO_LONG)
        raise NoProgress(f"{self._place(frame)}no program of a kernel ended in {self._seconds:.3g} s of processor time")

    def _place(self, frame: Any) -> str:
        while frame is not None and frame.f_code.co_filename != self._kernel:
            frame = frame.f_back
        return "" if frame is None or frame.f_code.co_name == "<module>" else f"in {frame.f_code.co_name}: "
