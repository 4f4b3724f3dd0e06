"""A local HTTP server that speaks OpenAI's Responses and Chat Completions and Anthropic's Messages, streamed, as their
SDKs expect, and plays whatever acts it is given."""

from __future__ import annotations

import json
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from kernelagent.driver.providers.refused_options import refusals_of

PIECE = 400
INPUT_TOKENS, CACHED_TOKENS, OUTPUT_TOKENS = 1000, 600, 500


@dataclass(frozen=True)
class Say:
    text: str
    finish: str = "stop"
    """``stop``, ``length`` or ``refusal``."""
    pause_s: float = 0.0
    """Before each piece."""
    tells_tokens: bool = True
    """Many compatible servers don't."""
    thinks: str = ""
    """Aloud, before the text, as each API tells it."""
    thinks_as: str = "reasoning_content"
    """The name that a compatible server has for it."""


@dataclass(frozen=True)
class Status:
    code: int
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    param: str | None = None
    """What the error is about, as OpenAI names it."""


@dataclass(frozen=True)
class Hang:
    """Take the request, and never say anything."""

    begins: str = ""
    """But status 200 and this beginning of a stream."""


@dataclass(frozen=True)
class Reset:
    """Say the beginning, then reset the connection."""

    text: str
    thinks: str = ""


@dataclass(frozen=True)
class Raw:
    """Just this body, with status 200."""

    body: str
    content_type: str = "text/event-stream"


@dataclass(frozen=True)
class Noise:
    """A stream of events that are not JSON."""


@dataclass(frozen=True)
class Flood:
    """Text without an end."""


@dataclass(frozen=True)
class Pour:
    """``start``, and then ``block`` until nobody takes it any more, or 512 MiB."""

    start: bytes
    block: bytes = b""
    code: int = 200
    content_type: str = "text/event-stream"
    encoding: str = "identity"
    taken: list[int] = field(default_factory=list)
    """Bytes of each answer."""


Act = Say | Status | Hang | Reset | Raw | Noise | Flood | Pour


@dataclass(frozen=True)
class Seen:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    query: str = ""

    @property
    def text(self) -> str:
        return json.dumps(self.body)


class ModelServer:
    """``act`` is asked what to do with each request; what came is in ``seen``."""

    def __init__(self, act: Callable[[Seen, int], Act], host: str) -> None:
        self.seen: list[Seen] = []
        self.open = 0
        """Requests that are being answered now."""
        self._act = act
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: Any) -> None: ...

            def do_POST(self) -> None:
                outer._answer(self)

        self._http = ThreadingHTTPServer((host, 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self.url = f"http://{host}:{self._http.server_port}"

    def wait_until_closed(self, seconds: float = 1.0) -> bool:
        """No request is being answered any more."""
        deadline = time.monotonic() + seconds
        while self.open and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.open == 0

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        address = urlsplit(handler.path)
        seen = Seen(address.path, {k.lower(): v for k, v in handler.headers.items()}, body, address.query)
        with self._lock:
            self.seen.append(seen)
            self.open += 1
            turn = len(self.seen) - 1
        try:
            _play(self._act(seen, turn), seen, handler)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
        finally:
            with self._lock:
                self.open -= 1


@contextmanager
def serving(*acts: Act) -> Iterator[ModelServer]:
    """Plays ``acts`` in turn, and the last one for ever."""
    with playing(lambda seen, turn: acts[min(turn, len(acts) - 1)]) as server:
        yield server


@contextmanager
def playing(
    act: Callable[[Seen, int], Act], host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[ModelServer]:
    server = ModelServer(act, host)
    refusals_of.cache_clear()  # an earlier server may have had this port, and refused what this one takes
    if tls is not None:
        server._http.socket = tls.wrap_socket(server._http.socket, server_side=True)
        server.url = server.url.replace("http://", "https://")
    thread = threading.Thread(target=server._http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server._http.shutdown()
        server._http.server_close()
        thread.join()


def _play(act: Act, seen: Seen, handler: BaseHTTPRequestHandler) -> None:
    if isinstance(act, Status):
        about = {"param": act.param} if act.param is not None else {}
        body = json.dumps({"type": "error", "error": {"type": "made_up", "message": act.message, **about}}).encode()
        handler.send_response(act.code)
        for name, value in {
            **act.headers,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        return
    if isinstance(act, Hang):
        if act.begins:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            handler.wfile.write(head + act.begins.encode())
            handler.wfile.flush()
        _until_closed(handler.connection)
        handler.close_connection = True
        return
    if isinstance(act, Pour):
        _pour(act, handler)
        return
    handler.send_response(200)
    handler.send_header("Content-Type", act.content_type if isinstance(act, Raw) else "text/event-stream")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    if isinstance(act, Raw):
        handler.wfile.write(act.body.encode())
        return
    if isinstance(act, Noise):
        handler.wfile.write(b"event: message_start\ndata: {this is not JSON\n\n")
        return
    speak = SPEAKERS[seen.path]
    if isinstance(act, Flood):
        speak(handler, seen, iter(lambda: "x" * 65536, ""), "stop", True, {})
    elif isinstance(act, Reset):
        speak(handler, seen, iter([act.text]), "", True, {"reasoning_content": act.thinks} if act.thinks else {})
        handler.wfile.flush()
        time.sleep(0.05)  # the beginning arrives before the reset does
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
    else:
        thoughts = {act.thinks_as: act.thinks} if act.thinks else {}
        speak(handler, seen, _pieces(act), act.finish, act.tells_tokens, thoughts)


def _pour(act: Pour, handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(act.code)
    headers = {"Content-Type": act.content_type, "Content-Encoding": act.encoding, "Connection": "close"}
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.close_connection = True
    act.taken.append(0)
    handler.wfile.write(act.start)
    while act.block and act.taken[-1] < 512 << 20:
        handler.wfile.write(act.block)
        act.taken[-1] += len(act.block)


def _pieces(act: Say) -> Iterator[str]:
    for start in range(0, len(act.text), PIECE):
        time.sleep(act.pause_s)
        yield act.text[start : start + PIECE]


def _until_closed(connection: socket.socket) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([connection], [], [], 0.05)[0] and not connection.recv(1024):
            return


def _event(handler: BaseHTTPRequestHandler, data: dict[str, Any], name: str | None = None) -> None:
    head = f"event: {name}\n" if name is not None else ""
    handler.wfile.write(f"{head}data: {json.dumps(data)}\n\n".encode())
    handler.wfile.flush()


def _responses(
    handler: BaseHTTPRequestHandler,
    seen: Seen,
    pieces: Iterator[str],
    finish: str,
    tells: bool,
    thoughts: dict[str, str],
) -> None:
    number = iter(range(10**9))

    def tell(kind: str, **data: Any) -> None:
        _event(handler, {"type": kind, "sequence_number": next(number), **data}, kind)

    response = {
        **{"id": "resp_1", "object": "response", "created_at": 0, "model": seen.body["model"], "output": []},
        **{"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "status": "in_progress"},
    }
    tell("response.created", response=response)
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    for thought in thoughts.values():
        tell("response.reasoning_text.delta", delta=thought, **where)
    said = ""
    for piece in pieces:
        if finish == "refusal":
            said += piece
        else:
            tell("response.output_text.delta", delta=piece, logprobs=[], **where)
    if not finish:
        return
    if finish == "refusal":
        tell("response.refusal.done", refusal=said, **where)
    usage = {
        **{"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS, "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS},
        "input_tokens_details": {"cached_tokens": CACHED_TOKENS, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    if finish == "length":
        details = {"reason": "max_output_tokens"}
        ended = {**response, "status": "incomplete", "incomplete_details": details, "usage": usage if tells else None}
        tell("response.incomplete", response=ended)
    else:
        tell("response.completed", response={**response, "status": "completed", "usage": usage if tells else None})


def _chat(
    handler: BaseHTTPRequestHandler,
    seen: Seen,
    pieces: Iterator[str],
    finish: str,
    tells: bool,
    thoughts: dict[str, str],
) -> None:
    def tell(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> None:
        common = {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": seen.body["model"]}
        _event(handler, {**common, "choices": choices, "usage": usage})

    samples = range(seen.body.get("n", 1))
    if thoughts:
        tell([{"index": index, "delta": {"content": None, **thoughts}, "finish_reason": None} for index in samples])
    for piece in pieces:
        for index in samples:
            tell([{"index": index, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}])
    if not finish:
        return
    reason = {"refusal": "content_filter"}.get(finish, finish)
    for index in samples:
        tell([{"index": index, "delta": {}, "finish_reason": reason}])
    usage = {
        **{"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS, "total_tokens": 1500},
        "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
    }
    if tells:
        tell([], usage)
    handler.wfile.write(b"data: [DONE]\n\n")


def _messages(
    handler: BaseHTTPRequestHandler,
    seen: Seen,
    pieces: Iterator[str],
    finish: str,
    tells: bool,
    thoughts: dict[str, str],
) -> None:
    def tell(kind: str, **data: Any) -> None:
        _event(handler, {"type": kind, **data}, kind)

    usage = {
        **{"input_tokens": INPUT_TOKENS - CACHED_TOKENS if tells else 0, "output_tokens": 1},
        **{"cache_read_input_tokens": CACHED_TOKENS if tells else 0, "cache_creation_input_tokens": 0},
    }
    message = {
        **{"id": "msg_1", "type": "message", "role": "assistant", "model": seen.body["model"], "content": []},
        **{"stop_reason": None, "stop_sequence": None, "usage": usage},
    }
    tell("message_start", message=message)
    for thought in thoughts.values():
        tell("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": thought})
    tell("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in pieces:
        tell("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    if not finish:
        return
    tell("content_block_stop", index=0)
    reason = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}[finish]
    delta = {"stop_reason": reason, "stop_sequence": None}
    tell("message_delta", delta=delta, usage={"output_tokens": OUTPUT_TOKENS if tells else 0})
    tell("message_stop")


def chat(*chunks: dict[str, Any], ending: str = "data: [DONE]\n\n") -> Raw:
    """A stream of Chat Completions."""
    common = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": []}
    return Raw("".join(f"data: {json.dumps({**common, **chunk})}\n\n" for chunk in chunks) + ending)


def several(*texts: str) -> Raw:
    """A stream of Chat Completions with one sample for each of ``texts``, which come in turn."""
    usage = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS * len(texts)}
    parts = [(i, half) for i, text in enumerate(texts) for half in (text[:PIECE], text[PIECE:])]
    said = [{"choices": [{"index": i, "delta": {"content": part}, "finish_reason": None}]} for i, part in parts]
    ends = [{"choices": [{"index": i, "delta": {}, "finish_reason": "stop"}]} for i in range(len(texts))]
    return chat(*said, *ends, {"usage": usage})


def words(text: str, finish: str | None = None) -> dict[str, Any]:
    """One chunk of it."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def events(*told: dict[str, Any]) -> Raw:
    """A stream of Responses."""
    return Raw("".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in told))


ABROAD = "127.0.0.2"
"""Loopback too, but no address that is taken for this machine: to send code there needs consent."""
SPEAKERS = {"/v1/responses": _responses, "/v1/chat/completions": _chat, "/v1/messages": _messages}
