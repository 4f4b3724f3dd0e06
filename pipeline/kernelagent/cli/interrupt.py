"""Ctrl-C as a cancel token: the first cancels and lets the run write down how it ended, the second ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kernelagent.driver.cancel import CancelToken


@contextmanager
def cancelled_by_signals() -> Iterator[CancelToken]:
    """A token that SIGINT, SIGTERM and SIGHUP cancel while the block runs."""
    token = CancelToken()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        # In a thread of its own: this code interrupts the main thread, which may hold the locks that cancelling takes.
        threading.Thread(target=token.cancel, name="kernelagent-cancel", daemon=True).start()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), on_signal) for name in names}
    try:
        yield token
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
