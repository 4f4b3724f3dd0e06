"""The wire over a loopback socket, for one client."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import sys
from collections.abc import Callable

from kernelagent_lsp.wire.framing import FrameDecoder, encode_frame


def is_loopback(host: str) -> bool:
    """Whether ``host`` can only be reached from this machine. Anyone who reaches the server can run code with it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def accept_one(
    host: str, port: int
) -> tuple[Callable[[bytes], None], Callable[[Callable[[bytes], None], Callable[[], None]], None]]:
    """Wait for a client; give what writes a body, and what starts reading (``receive``, ``on_end``)."""
    connection: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
        asyncio.get_running_loop().create_future()
    )

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connection.done():
            writer.close()
        else:
            connection.set_result((reader, writer))

    listener = await asyncio.start_server(connected, host, port)
    address = listener.sockets[0].getsockname()
    print(f"kernelagent-lsp listens on {address[0]}:{address[1]}", file=sys.stderr, flush=True)
    reader, writer = await connection
    listener.close()

    def write(body: bytes) -> None:
        writer.write(encode_frame(body))

    def start(receive: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        async def read() -> None:
            decoder = FrameDecoder()
            with contextlib.suppress(ConnectionError):  # the client has gone: the same as end of file
                while data := await reader.read(1 << 16):
                    for body in decoder.feed(data):
                        receive(body)
            on_end()

        tasks.append(asyncio.ensure_future(read()))

    tasks: list[asyncio.Future[None]] = []
    return write, start
