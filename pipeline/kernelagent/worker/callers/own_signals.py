"""Signals that a test sends itself, or has sent by a timer: they end its process as they would anywhere.

The kernel lets them do nothing in the first process of a PID namespace, which is what a test is in the sandbox, unless
a handler is there; SIGKILL and SIGSTOP can have none.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from typing import Any

_OF_TIMERS = (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF)
_HARMLESS = frozenset({0, signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH})
"""Do nothing by themselves."""


def end_by_own_signals() -> None:
    """From here on, in this process. Signals that the test has its own handler for go there."""
    for number in _OF_TIMERS:
        signal.signal(number, lambda given, frame: _end(given))
    own = {os.getpid(), 0, -1}
    os.kill = _ending(os.kill, lambda pid, number: pid in own)
    os.killpg = _ending(os.killpg, lambda group, number: group in {os.getpgrp(), 0})
    signal.pthread_kill = _ending(signal.pthread_kill, lambda thread, number: True)
    signal.raise_signal = _ending(signal.raise_signal, lambda number: True)


def _ending(send: Callable[..., None], is_meant: Callable[..., bool]) -> Callable[..., None]:
    """``send`` for signals to others; the last argument is the signal."""

    @functools.wraps(send)
    def sent(*given: Any) -> None:
        number = given[-1]
        if is_meant(*given) and number not in _HARMLESS:
            unhandled = number in (signal.SIGKILL, signal.SIGSTOP) or signal.getsignal(number) == signal.SIG_DFL
            if unhandled:
                _end(number)
        send(*given)

    return sent


def _end(number: int) -> None:
    os._exit(128 + number)
