"""One at a time: a lock between processes, held while the clock runs."""

from __future__ import annotations

import os
from types import TracebackType


class Turn:
    """Entered, it waits until no other process has entered one with the same file; without a file it never waits.

    The file is opened at once: a process that shuts itself in may enter later. A process that ends gives its turn up.
    """

    def __init__(self, path: str | None) -> None:
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def __enter__(self) -> None:
        if self._file is not None:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_UN)
