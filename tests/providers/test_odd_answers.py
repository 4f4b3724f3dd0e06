"""Answers as servers give them, and as no API describes them: read where they can be, bounded, and named."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from doors import MODELS, REDACT, door, request
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ATTEMPTS, ask
from kernelagent.driver.providers.event_stream import with_data
from kernelagent.driver.providers.exchange import Reply
from kernelagent.errors import KernelAgentError, KeyRejected, ProviderFailed, RateLimited, RequestRefused, UnusableReply
from model_server import Pour, Raw, chat, events, serving, words

DOORS = list(MODELS)
TEXT = "blah " * 600


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)


def asked(name: str, url: str, account: Account) -> Reply:
    return ask(door(name, url), request(name), cancel=CancelToken(), redact=REDACT, account=account)


MIB = b"x" * (1 << 20)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("act", "raises", "most"),
    [
        (lambda: Pour(b"data: ", MIB), UnusableReply, 64 << 20),
        (lambda: Pour(b"data: {", b"\ndata: 1" * 1000), UnusableReply, 64 << 20),
        (lambda: Pour(b'{"x": "', MIB, content_type="application/json"), UnusableReply, 64 << 20),
        (lambda: Pour(b'{"x": "', MIB, 400, content_type="application/json"), RequestRefused, 64 << 20),
        (lambda: Pour(b'{"x": "', MIB, 500), ProviderFailed, 64 << 20),
        (lambda: Pour(gzip.compress(b"data: " + 64 * MIB), encoding="gzip"), UnusableReply, 0),
    ],
    ids=["a line", "lines", "json", "an error", "an error that may pass", "compressed"],
)
def test_a_body_without_an_end_is_left(
    name: str, act: Callable[[], Pour], raises: type[KernelAgentError], most: int
) -> None:
    poured, began = act(), time.monotonic()
    with serving(poured) as server:
        with pytest.raises(raises):
            asked(name, server.url, Account(None))
        assert server.wait_until_closed(5.0)
    assert max(poured.taken) <= most
    assert time.monotonic() - began < 20


def test_a_long_stream_of_small_events_is_an_answer() -> None:
    pieces = [words("ab"), *({**words(""), "padding": "p" * 3000} for _ in range(4_000)), words("c", "stop")]
    with serving(chat(*pieces)) as server:
        assert asked("relay", server.url, Account(None)).samples[0].text == "abc"


@pytest.mark.parametrize("torn", [b"\xe6\xbc", b"\xff"])
def test_one_broken_character_is_no_reason_to_lose_an_answer(torn: bytes) -> None:
    body = chat(words("one \N{SNOWMAN} \N{SNOWFLAKE}two"), words(" three", "stop")).body
    body = body.replace("\\u2603", "\N{SNOWMAN}").replace("\\u2744", "\N{SNOWFLAKE}")
    broken = body.encode().replace("\N{SNOWFLAKE}".encode(), torn)
    with serving(Pour(broken)) as server:
        assert asked("relay", server.url, Account(None)).samples[0].text == "one \N{SNOWMAN} \ufffdtwo three"


OUTPUT: list[dict[str, Any]] = [
    {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": TEXT}]}
]
RESPONSE = {"id": "r", "object": "response", "created_at": 0, "model": "m", "output": [], "usage": None}
WHOLE = {
    **{**RESPONSE, "status": "completed", "output": OUTPUT},
    "usage": {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500},
}
DECLINED = [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]
DELTA = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": TEXT}
DONE = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": TEXT}
COMPLETED = {"type": "response.completed", "response": {**RESPONSE, "status": "completed"}}
PART = {"type": "response.content_part.done", "output_index": 1, "content_index": 0, "part": OUTPUT[0]["content"][0]}
ITEM = {"type": "response.output_item.done", "output_index": 0, "item": OUTPUT[0]}
TWO = {**WHOLE, "output": [{"type": "message", "content": text} for text in ("one", "two")]}
INTERLEAVED = (
    *({**DELTA, "output_index": at, "delta": text} for at, text in ((0, "a"), (1, "1"), (0, "b"), (1, "2"))),
    *({**DONE, "output_index": at, "text": text} for at, text in ((0, "ab"), (1, "12"), (0, "ab"))),
)
CUT = {"type": "response.incomplete", "response": {**RESPONSE, "incomplete_details": None}}


def without_place(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if not name.endswith("_index")}


def whole(**told: Any) -> Raw:
    return Raw(json.dumps({**WHOLE, **told}), "application/json")


@pytest.mark.parametrize(
    ("act", "text", "finish"),
    [
        (Raw(json.dumps(WHOLE), "application/json"), TEXT, "stop"),
        (Raw(json.dumps({**WHOLE, "status": "incomplete"}), "application/json"), TEXT, "length"),
        (Raw(json.dumps({**WHOLE, "output": DECLINED}), "application/json"), "No.", "refusal"),
        (events({"type": "response.completed", "response": WHOLE}), TEXT, "stop"),
        (events(DONE, COMPLETED), TEXT, "stop"),
        (events(DELTA, DONE, {"type": "response.completed", "response": WHOLE}), TEXT, "stop"),
        (events(DELTA, {**DONE, "content_index": 1, "text": "B"}, COMPLETED), TEXT + "B", "stop"),
        (events(DELTA, {**DONE, "content_index": 1}, COMPLETED), TEXT, "stop"),
        (events(DELTA, {**DONE, "output_index": 1}, COMPLETED), TEXT, "stop"),
        (events(without_place(DELTA), DONE, ITEM, COMPLETED), TEXT, "stop"),
        (events(DELTA, without_place(DONE), PART, ITEM, {**COMPLETED, "response": WHOLE}), TEXT, "stop"),
        (events(ITEM, COMPLETED), TEXT, "stop"),
        (events(PART, COMPLETED), TEXT, "stop"),
        (events({**DELTA, "delta": TEXT[:9]}, {**COMPLETED, "response": WHOLE}), TEXT, "stop"),
        (events({**DELTA, "delta": TEXT[9:]}, {**COMPLETED, "response": WHOLE}), TEXT[9:], "length"),
        (events({**DELTA, "delta": "one"}, {**COMPLETED, "response": TWO}), "onetwo", "stop"),
        (events({**DELTA, "delta": "onetwo"}, {**COMPLETED, "response": TWO}), "onetwo", "stop"),
        (events(*INTERLEAVED, COMPLETED), "a1b2", "stop"),
        (events({**DELTA, "delta": "a"}, {**DELTA, "delta": "b"}, {**DONE, "text": "ab\n"}, COMPLETED), "ab\n", "stop"),
        (events({**DELTA, "delta": "\nab\n"}, {**DONE, "text": "ab"}, COMPLETED), "\nab\n", "stop"),
        (events({**DELTA, "delta": "a\nb"}, {**DONE, "text": "a\r\nb"}, COMPLETED), "a\nb", "stop"),
        (
            events({**DELTA, "delta": "a\r\nb"}, {**DONE, "output_index": 1, "text": "a\nb"}, COMPLETED),
            "a\r\nb",
            "stop",
        ),
        (events(DELTA, {**COMPLETED, "type": "response.done"}), TEXT, "stop"),
        (events(DELTA, COMPLETED, {**COMPLETED, "type": "response.done"}), TEXT, "stop"),
        (events(DELTA, {**COMPLETED, "type": "response.cancelled"}), TEXT, "length"),
        (events({**DELTA, "type": "response.refusal.delta", "delta": "No."}, COMPLETED), "No.", "refusal"),
        (whole(status="cancelled"), TEXT, "length"),
        (whole(status="in_progress"), TEXT, "length"),
        (whole(output=[{"type": "message", "content": [{"type": "text", "text": TEXT}]}]), TEXT, "stop"),
        (whole(output=[{"type": "message", "content": TEXT}]), TEXT, "stop"),
        (whole(output=[], output_text=TEXT), TEXT, "stop"),
        (events(DELTA, CUT), TEXT, "length"),
        (events({**DELTA, "delta": None}, DELTA, COMPLETED), TEXT, "stop"),
        (events(DELTA, {"type": "response.completed", "response": None}), TEXT, "stop"),
    ],
)
def test_what_relays_make_of_the_responses_api_is_read(act: Raw, text: str, finish: str) -> None:
    with serving(act) as server:
        (sample,) = asked("openai responses", server.url, account := Account(None)).samples
    assert (sample.text, sample.finish) == (text, finish)
    assert len(server.seen) == 1
    assert account.cost.output_tokens > 0


def retyped(act: Raw, content_type: str) -> Raw:
    return Raw(act.body, content_type)


ONE_CHOICE = {"choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]}


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=utf-8", "application/octet-stream"])
@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("relay", Raw(json.dumps(ONE_CHOICE))),
        ("relay", Raw(f"\n {json.dumps(ONE_CHOICE)}")),
        ("relay", chat(words(TEXT), words("", "stop"))),
        ("relay", Raw(": warming up\n\n" + chat(words(TEXT), words("", "stop")).body)),
        ("openai responses", Raw(json.dumps(WHOLE))),
        ("openai responses", events(DELTA, COMPLETED)),
        ("openai responses", Raw("\r\n" + events(DELTA, COMPLETED).body)),
    ],
    ids=[
        "chat",
        "chat after blanks",
        "chat stream",
        "chat after a remark",
        "response",
        "events",
        "events after blanks",
    ],
)
def test_an_answer_is_read_as_it_begins_whatever_type_is_told(name: str, act: Raw, content_type: str) -> None:
    with serving(retyped(act, content_type)) as server:
        (sample,) = asked(name, server.url, Account(None)).samples
    assert sample.text == TEXT
    assert len(server.seen) == 1


MESSAGE = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
OF_MESSAGE = (
    {"type": "message_start", "message": {**MESSAGE, "usage": {"input_tokens": 9, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
)
STREAMS = {
    "openai responses": events(DELTA, COMPLETED),
    "openai chat": chat(words(TEXT), words("", "stop")),
    "anthropic": events(*OF_MESSAGE),
    "relay": chat(words(TEXT), words("", "stop")),
}


def with_remarks(body: str) -> str:
    """What the standard allows besides events that hold data."""
    told = (f": alive\n\nretry: 1\nid: {number}\n{event}\n\n\n" for number, event in enumerate(body.split("\n\n")[:-1]))
    return "".join(f"{text}event: ping\n\nid\n\ndata\n\n:\n\n" for text in told) + "id: last\n\n"


@pytest.mark.parametrize("content_type", ["text/event-stream", "text/plain"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("name", DOORS)
def test_what_holds_no_data_is_no_event(name: str, end: str, content_type: str) -> None:
    body = with_remarks(STREAMS[name].body).replace("\n", end)
    with serving(Raw(body, content_type)) as server:
        (sample,) = asked(name, server.url, Account(None)).samples
    assert (sample.text, sample.finish) == (TEXT, "stop")
    assert len(server.seen) == 1


@pytest.mark.parametrize("name", DOORS)
def test_an_error_among_remarks_is_that_error(name: str) -> None:
    error = {
        "type": "error",
        "error": {"message": "slow down", "code": "rate_limit_exceeded", "type": "rate_limit_error"},
    }
    told = chat(error) if name in ("relay", "openai chat") else events(error)
    with serving(Raw(with_remarks(told.body))) as server, pytest.raises(RateLimited, match="slow down"):
        asked(name, server.url, Account(None))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_told_as_soon_as_they_are_whole(size: int, end: str) -> None:
    text = ": alive\n\nid: 3\nevent: a\ndata: 1\ndata:\n\n\ndata: \n\nevent: b\n\ndata:2\nretry: 1\n\ndata: rest"
    stream = text.replace("\n", end).encode()
    given: list[int] = []

    async def blocks() -> AsyncIterator[bytes]:
        for start in range(0, len(stream), size):
            given.append(start + size)
            yield stream[start : start + size]

    async def read() -> list[tuple[bytes, int]]:
        return [(event, given[-1]) async for event in with_data(blocks())]

    told = asyncio.run(read())
    assert b"".join(event for event, _ in told) == b"event: a\ndata: 1\ndata:\n\ndata:2\n\ndata: rest"
    first = stream.index(f"data:{end}{end}".encode()) + len(f"data:{end}{end}")
    assert told[0][1] <= first + size


@pytest.mark.parametrize("how", ["response.done", "response.cancelled", "json"])
@pytest.mark.parametrize("names", [("input_tokens", "output_tokens"), ("prompt_tokens", "completion_tokens")])
def test_tokens_are_those_that_were_told(how: str, names: tuple[str, str]) -> None:
    usage = {names[0]: 700, names[1]: 30, "total_tokens": 730}
    told = {**WHOLE, "usage": usage}
    with serving(whole(usage=usage) if how == "json" else events(DELTA, {"type": how, "response": told})) as server:
        asked("openai responses", server.url, account := Account(None))
    assert (account.cost.input_tokens, account.cost.output_tokens) == (700, 30)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", ["cancelled", "in_progress", "queued"])
def test_a_response_that_has_no_answer_yet_is_none(status: str) -> None:
    account = Account(None)
    with serving(whole(status=status, output=[])) as server, pytest.raises(UnusableReply, match=status):
        asked("openai responses", server.url, account)
    assert len(server.seen) == 1
    assert account.cost.input_tokens == 1000


def failed(**error: object) -> Raw:
    return events({"type": "response.failed", "response": {**RESPONSE, "status": "failed", "error": error or None}})


@pytest.mark.parametrize(
    ("act", "raises", "times"),
    [
        (failed(code="rate_limit_exceeded", message="slow down"), RateLimited, ATTEMPTS),
        (failed(code="insufficient_quota", message="no credit"), RequestRefused, 1),
        (failed(code="invalid_prompt", message="no"), RequestRefused, 1),
        (failed(code="server_error", message="no"), ProviderFailed, ATTEMPTS),
        (failed(), ProviderFailed, ATTEMPTS),
        (events({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}), RateLimited, ATTEMPTS),
        (Raw(json.dumps({"error": {"message": "no", "code": "invalid_api_key"}}), "application/json"), KeyRejected, 1),
    ],
)
def test_a_response_that_failed_has_the_class_of_its_code(act: Raw, raises: type[Exception], times: int) -> None:
    with serving(act) as server, pytest.raises(raises):
        asked("openai responses", server.url, Account(None))
    assert len(server.seen) == times


def test_an_error_in_the_middle_of_a_chat_has_the_class_of_its_code() -> None:
    error = {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}
    with serving(chat(words("one"), error)) as server, pytest.raises(RateLimited):
        asked("relay", server.url, Account(None))


@pytest.mark.parametrize("name", DOORS)
def test_what_was_answered_with_something_else_is_counted(name: str) -> None:
    account = Account(None)
    with serving(Raw('{"hello": 1}', "application/json")) as server, pytest.raises(UnusableReply):
        asked(name, server.url, account)
    assert account.cost.input_tokens == -(-request(name).characters // 3)
