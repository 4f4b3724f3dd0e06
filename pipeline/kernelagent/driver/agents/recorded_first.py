"""What was answered before comes first: no worker of a race sends anything while replies that others of it have on disk
wait for their verdicts, one of which may win."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from kernelagent.driver.cancel import CancelToken

LOOKS_AGAIN_S = 0.05


class RecordedFirst:
    """Of one race, all of whose workers run at the same time."""

    def __init__(self, workers: Iterable[int]) -> None:
        self._behind = set(workers)
        """Who may have recorded replies yet."""
        self._lock = threading.Lock()
        self._nobody_behind = threading.Event()

    def through(self, worker: int) -> None:
        """It has no recorded reply left, or has ended."""
        with self._lock:
            self._behind.discard(worker)
            if not self._behind:
                self._nobody_behind.set()

    def wait(self, worker: int, cancel: CancelToken) -> None:
        """Before it sends something: until all others are through as well. Raises ``Cancelled``."""
        self.through(worker)
        while not self._nobody_behind.wait(LOOKS_AGAIN_S):
            cancel.raise_if_cancelled()
        cancel.raise_if_cancelled()
