"""Frames out of bytes that come in any pieces, with headers as clients write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelagent_lsp.wire.framing import FrameDecoder, encode_frame


@given(bodies=st.lists(st.binary(max_size=50), max_size=5), size=st.integers(1, 30))
def test_any_cutting_gives_the_same_bodies(bodies: list[bytes], size: int) -> None:
    stream = b"".join(encode_frame(body) for body in bodies)
    decoder = FrameDecoder()
    found = [body for at in range(0, len(stream), size) for body in decoder.feed(stream[at : at + size])]
    assert found == bodies


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length: 2\r\n\r\n",
        b"CONTENT-LENGTH:2\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Type: x\r\n\r\n",
        b"Content-Length: nonsense\r\n\r\nContent-Length: 2\r\n\r\n",
        b"\r\n\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_headers_of_every_shape(header: bytes) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(header + b"{}" + encode_frame(b"[]")) == [b"{}", b"[]"]


@pytest.mark.parametrize(
    "junk",
    [
        b'Content-Length: zzz\r\n\r\n{"a":1}',
        b'Content-Length: 3\r\n\r\n{"a":1}',
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: 99999999999999\r\n\r\n{}",
        b'Content-Length: zzz\r\n\r\n{"text": "Content-Length: 5"}',
        b"noise",
        b"x" * 70_000,
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_lost_body_takes_no_later_frame_with_it(junk: bytes, size: int) -> None:
    stream = junk + encode_frame(b'{"b":2}') + encode_frame(b"[]").lower()
    decoder = FrameDecoder()
    found = [body for at in range(0, len(stream), size) for body in decoder.feed(stream[at : at + size])]
    assert found[-2:] == [b'{"b":2}', b"[]"]


def test_a_header_that_is_named_much_the_same_counts_for_nothing() -> None:
    header = b"Content-Length: 2\r\nX-Content-Length: 9\r\n\r\n"
    assert FrameDecoder().feed(header + b"{}") == [b"{}"]


def test_endless_noise_is_not_hoarded() -> None:
    decoder = FrameDecoder()
    for _ in range(64):
        assert decoder.feed(b"x" * (1 << 16)) == []
    assert decoder.feed(b"\n" + encode_frame(b"{}")) == [b"{}"]
