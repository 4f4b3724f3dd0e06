"""Seconds after which a token is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kernelagent.driver.cancel import CancelToken


@contextmanager
def time_limit(seconds: float | None, outer: CancelToken) -> Iterator[tuple[CancelToken, threading.Event]]:
    """A token that is cancelled with ``outer``, and after ``seconds``; the event tells that these were over."""
    token, spent = CancelToken(), threading.Event()
    unsubscribe = outer.on_cancel(token.cancel)

    def stop() -> None:
        spent.set()
        token.cancel()

    timer = threading.Timer(seconds, stop) if seconds is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield token, spent
    finally:
        unsubscribe()
        if timer is not None:
            timer.cancel()
