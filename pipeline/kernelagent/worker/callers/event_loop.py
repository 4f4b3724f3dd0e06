"""Event loops of :mod:`asyncio` where no socket can be made."""

from __future__ import annotations

import asyncio
import io
import os
from typing import Any


def without_sockets() -> None:
    """Loops that are made from now on are woken from other threads through a pipe: asyncio's own takes a pair of
    sockets for that, which the sandbox denies, so that no coroutine of a test could be run."""
    asyncio.selector_events.BaseSelectorEventLoop._make_self_pipe = _make_self_pipe  # type: ignore[attr-defined]


def _make_self_pipe(loop: Any) -> None:
    loop._ssock, loop._csock = _PipeEnd.pair()
    loop._internal_fds += 1
    loop._add_reader(loop._ssock.fileno(), loop._read_from_self)


class _PipeEnd(io.FileIO):
    """What an event loop asks of its sockets."""

    @classmethod
    def pair(cls) -> tuple[_PipeEnd, _PipeEnd]:
        inlet, outlet = os.pipe()
        os.set_blocking(inlet, False)
        os.set_blocking(outlet, False)
        return cls(inlet, "rb"), cls(outlet, "wb")

    def recv(self, size: int) -> bytes:
        return self.read(size) or b""

    def send(self, data: bytes) -> int:
        return self.write(data) or 0
