"""The wire over standard input and output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable

from kernelagent_lsp.wire.framing import FrameDecoder, encode_frame

PATIENCE_S = 1.0
"""How long the loop may take to get to what was read last."""


def take_stdio() -> tuple[int, int]:
    """Private duplicates of stdin and stdout, as ``(read, write)`` descriptors that no child inherits.

    Afterwards descriptor 0 is empty and descriptor 1 is stderr, so that neither a stray ``print`` nor a child process
    can put a byte on the wire or take one from it.
    """
    sys.stdout.flush()
    read, write = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (read, write):
            msvcrt.setmode(descriptor, os.O_BINARY)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return read, write


def writer(descriptor: int, on_broken: Callable[[], None]) -> Callable[[bytes], None]:
    """What writes one body as a frame, whole, or calls ``on_broken`` when the client has gone."""

    def write(body: bytes) -> None:
        rest = memoryview(encode_frame(body))
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError:
            on_broken()

    return write


def start_reader(
    descriptor: int, loop: asyncio.AbstractEventLoop, receive: Callable[[bytes], None], on_end: Callable[[], None]
) -> None:
    """Read frames in a thread of their own and hand each body to ``receive`` on ``loop``; ``on_end`` at end of file,
    there too and, should the loop not come to it, in this thread.

    The thread does nothing else, so that however busy the server is, it hears a cancel.
    """

    def read() -> None:
        decoder = FrameDecoder()
        with contextlib.suppress(RuntimeError):  # the loop has ended before us, and the process is about to
            with contextlib.suppress(OSError):  # the client has gone: the same as end of file
                while data := os.read(descriptor, 1 << 16):
                    for body in decoder.feed(data):
                        loop.call_soon_threadsafe(receive, body)
            loop.call_soon_threadsafe(on_end)
        time.sleep(PATIENCE_S)
        on_end()  # the loop hangs in a write to a client that does not read: it won't hear of the end otherwise

    threading.Thread(target=read, name="wire reader", daemon=True).start()
