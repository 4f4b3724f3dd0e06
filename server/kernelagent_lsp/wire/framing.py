"""Frames of the base protocol: a header, an empty line, a body of ``Content-Length`` bytes."""

from __future__ import annotations

import re

_LENGTH = re.compile(rb"(?<!-)content-length[ \t]*:[ \t]*(\d{1,12})$", re.IGNORECASE)
"""At the end of a line, whatever stands before it there: a body that was not announced has no line end."""
_LONGEST_HEADER = 1 << 16
_LONGEST_NAME = 64
"""Bytes in which the beginning of a ``Content-Length`` fits."""
_LONGEST_BODY = 1 << 30


class FrameDecoder:
    """Cuts a stream of bytes, fed in pieces of any size, into bodies.

    Header names are read in any case, and a header without a usable length is skipped: the stream finds its feet again
    at the next good header, also when that follows bytes of a lost body on the same line. (pygls loses the stream for
    good at a lower-case ``content-length``.)
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take ``data`` and give the bodies that are complete now, in order."""
        self._buffer += data
        bodies: list[bytes] = []
        while True:
            if self._in_body:
                assert self._length is not None
                if len(self._buffer) < self._length:
                    return bodies
                bodies.append(bytes(self._buffer[: self._length]))
                del self._buffer[: self._length]
                self._length, self._in_body = None, False
            elif not self._read_header_line():
                return bodies

    def _read_header_line(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_HEADER:  # not a header, but for the end of it, which may begin one
                del self._buffer[:-_LONGEST_NAME]
            return False
        line = bytes(self._buffer[:end]).strip()
        del self._buffer[: end + 1]
        if not line:
            self._in_body = self._length is not None
        elif (found := _LENGTH.search(line)) is not None and int(found[1]) <= _LONGEST_BODY:
            self._length = int(found[1])
        return True


def encode_frame(body: bytes) -> bytes:
    """``body`` with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
