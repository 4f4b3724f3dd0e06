"""One at a time: a lock between processes, held while the clock runs."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from types import TracebackType

from kernelagent.errors import GpuBusy

_LOOK_S = 0.1
_FOLLOWS_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""The file lies where others may write: a link there may lead anywhere."""


class Turn:
    """Entered, it waits until no other process has entered one with the same file, says for whom, and raises
    ``GpuBusy`` after ``limit_s``; without a file, or where none can be had, it never waits.

    The file is opened at once: a process that shuts itself in may enter later. A process that ends gives its turn up.
    """

    def __init__(
        self, path: str | None, tell: Callable[[str], None] = lambda message: None, limit_s: float = 300.0
    ) -> None:
        self._tell, self._limit_s = tell, limit_s
        self._file = None if path is None else _opened(path)

    def __enter__(self) -> None:
        if self._file is None:
            return
        import fcntl

        began, told = time.monotonic(), ""
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = self._holder()
            if time.monotonic() - began >= self._limit_s:
                raise GpuBusy(f"{holder} was timing on this GPU for all of the {self._limit_s:g} s that were waited.")
            if holder != told:
                told = holder
                self._tell(f"waiting for the GPU: {holder} is timing on it")
            time.sleep(_LOOK_S)
        with contextlib.suppress(OSError):  # a full disk: it is a turn all the same
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            import fcntl

            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _holder(self) -> str:
        """Of what others wrote, a number alone is believed."""
        assert self._file is not None
        said = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
        return f"process {said}" if said.isdecimal() else "another process"


def _opened(path: str) -> int | None:
    """Of whomever it is; ``None`` where it can't be had."""
    for flags in (0, os.O_CREAT):  # systems forbid the second for files of others in folders that all share
        with contextlib.suppress(OSError):
            file = os.open(path, os.O_RDWR | flags | _FOLLOWS_NO_LINK, 0o666)
            with contextlib.suppress(OSError):
                os.fchmod(file, 0o666)
            return file
    return None
