"""An event stream as SDKs can read it: the events that hold data, and of these the name and the data.

By the standard (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) comments,
``id:`` and ``retry:`` may stand anywhere, and what ends at a blank line without data is no event. OpenAI's SDK makes an
event of it once it has seen an ``id:``, and reads its empty data as JSON.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator

_BETWEEN = (b"\n\n", b"\r\r", b"\n\r\n")
"""What ends an event."""
_KEPT = (b"event", b"data")


async def with_data(blocks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The events of the stream ``blocks`` that hold data, each as soon as it is whole. What comes after the last that
    is whole is passed on as it is."""
    pending, looked_at = bytearray(), 0
    async for block in blocks:
        pending += block
        since = max(0, looked_at - 2)
        end = end_of_events(bytes(pending[since:]))
        if end:
            events = b"".join(_events(bytes(pending[: since + end])))
            del pending[: since + end]
            if events:
                yield events
        looked_at = len(pending)
    if pending:
        yield bytes(pending)


def end_of_events(data: bytes) -> int:
    """Where the last event that is whole ends; 0 where none does."""
    return max(data.rfind(between) + len(between) if between in data else 0 for between in _BETWEEN)


def _events(data: bytes) -> Iterator[bytes]:
    lines: list[bytes] = []
    for line in (*data.splitlines(), b""):
        if line:
            lines.append(line)
            continue
        fields = [line.partition(b":") for line in lines]
        if any(name == b"data" and value.strip() for name, _, value in fields):
            kept = (b"".join(field) for field in fields if field[0] in _KEPT)
            yield b"\n".join(kept) + b"\n\n"
        lines = []
