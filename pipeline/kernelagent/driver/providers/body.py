"""The body of an answer as it comes from the HTTP client: bounded before an SDK gathers it, and UTF-8 as its readers
expect."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from kernelagent.driver.providers.event_stream import end_of_events, with_data
from kernelagent.errors import UnusableReply

LARGEST = 8 << 20
"""Bytes, decompressed, of one event of a stream, or of an answer that comes at once."""
MOST_LINES = 1000
"""Of one event: SDKs join them one by one."""
LARGEST_ERROR = 1 << 20
"""Of the body of an error there is nothing to say after so many."""
_OF_JSON, _OF_STREAM = b"{", (b"data:", b"event:", b"id:", b"retry:", b":")
BEGINS = "kernelagent-begins"
"""Name of the response's extension that has how a stream began: a ``bytearray``, filled as it is read."""
_BEGINNING = 4096
_ENOUGH = 6
"""Bytes, to tell these from one another."""

Blocks = Callable[..., AsyncGenerator[bytes, None]]


async def bound(response: Any) -> None:
    """A hook for the answers of the HTTP client, called before anybody reads the body: reading it raises
    ``UnusableReply`` where it grows beyond all answers, with no event; that of an error just ends.

    What an answer that is not said to be a stream is, a stream or JSON, is told by how it begins, and written into its
    header: some relays name another type. Of a stream only what holds data is passed on (``event_stream.py``).
    """
    read: Blocks = response.aiter_bytes
    is_error = response.status_code >= 300
    watch = _error if is_error else _answer
    if not is_error and not _is_stream(response):
        read, begins = await _begun(read)
        if begins.startswith(_OF_JSON):
            response.headers["content-type"] = "application/json"
        elif begins.startswith(_OF_STREAM):
            response.headers["content-type"] = "text/event-stream"
    is_stream = _is_stream(response)
    begun = response.extensions[BEGINS] = bytearray()

    async def bounded(*args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        async with (
            contextlib.aclosing(read(*args, **kwargs)) as blocks,
            contextlib.aclosing(_without_mark(blocks)) as unmarked,
            contextlib.aclosing(watch(unmarked, is_stream=is_stream)) as watched,
            contextlib.aclosing(_noted(watched, begun)) as noted,
            contextlib.aclosing(with_data(noted) if is_stream and not is_error else noted) as events,
        ):
            async for block in events:
                yield block

    response.aiter_bytes = bounded


def _is_stream(response: Any) -> bool:
    return "event-stream" in response.headers.get("content-type", "")


async def _begun(read: Blocks) -> tuple[Blocks, bytes]:
    """``read`` with its first blocks read already, and how the body begins, without white space before."""
    blocks, first, begins = read(), [], b""
    while len(begins) < _ENOUGH:
        block = await anext(blocks, None)
        if block is None:
            break
        first.append(block)
        begins = b"".join(first).removeprefix(codecs.BOM_UTF8).lstrip()
        if len(first) > MOST_LINES:
            break

    async def rest(*args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        async with contextlib.aclosing(blocks):
            for block in first:
                yield block
            async for block in blocks:
                yield block

    return rest, begins


async def _without_mark(blocks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Without the mark of UTF-8 that some servers begin with, which readers take for part of the first name."""
    begins: bytes | None = b""
    async for block in blocks:
        if begins is None:
            yield block
            continue
        begins += block
        if begins == codecs.BOM_UTF8[: len(begins)] and len(begins) < len(codecs.BOM_UTF8):
            continue
        yield begins.removeprefix(codecs.BOM_UTF8)
        begins = None
    if begins:
        yield begins


async def _noted(blocks: AsyncIterator[bytes], begun: bytearray) -> AsyncGenerator[bytes, None]:
    """``blocks``, and into ``begun`` how they begin."""
    async for block in blocks:
        begun.extend(block[: max(0, _BEGINNING - len(begun))])
        yield block


async def _error(blocks: AsyncIterator[bytes], *, is_stream: bool) -> AsyncGenerator[bytes, None]:
    left = LARGEST_ERROR
    async for block in blocks:
        yield block[:left]
        left -= len(block)
        if left <= 0:
            return


async def _answer(blocks: AsyncIterator[bytes], *, is_stream: bool) -> AsyncGenerator[bytes, None]:
    """What is no UTF-8 in it is replaced: one broken character is no reason to lose an answer."""
    text = codecs.getincrementaldecoder("utf-8")("replace")
    length, lines, before = 0, 0, b""
    async for block in blocks:
        joined = before + block
        end = end_of_events(joined) if is_stream else 0
        if end > len(before):
            length, lines = 0, 0
        since = joined[max(end, len(before)) :]
        length, lines = length + len(since), lines + since.count(b"\n") + since.count(b"\r")
        if length > LARGEST:
            raise UnusableReply(f"the server does not stop: more than {LARGEST >> 20} MiB without an end.")
        if is_stream and lines > MOST_LINES:
            raise UnusableReply(f"the server does not stop: more than {MOST_LINES} lines in one event.")
        before = joined[-2:]
        yield text.decode(block).encode()
    yield text.decode(b"", final=True).encode()
