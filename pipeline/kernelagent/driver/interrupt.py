"""Ctrl-C as cancelling: the first cancels and lets the run write down how it ended, the second ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kernelagent.driver.cancel import CancelToken

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""What ends a command-line program, as far as the system has it."""


@contextmanager
def cancelled_by_signals(token: CancelToken | None = None, names: tuple[str, ...] = ENDING) -> Iterator[CancelToken]:
    """A token that the signals cancel while the block runs. Outside of the main thread signals go their usual way."""
    cancel = token or CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        # In a thread of its own: this code interrupts the main thread, which may hold the locks that cancelling takes.
        threading.Thread(target=cancel.cancel, name="kernelagent-cancel", daemon=True).start()

    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, on_signal) for number in known}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended_by_signals(names: tuple[str, ...] = ENDING) -> Iterator[None]:
    """``KeyboardInterrupt`` at the first signal, while the block waits for a person and nothing has to be written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, on_signal) for number in known}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
