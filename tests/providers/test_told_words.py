"""What a server says of its failure reaches the user, in whatever form it says it, at each door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from doors import KEY, MODELS, REDACT, door, request
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ask
from kernelagent.driver.providers.body import _without_mark
from kernelagent.driver.providers.exchange import Reply
from kernelagent.driver.providers.told_words import told_words
from kernelagent.errors import KernelAgentError, KeyRejected, ProviderFailed, RateLimited, RequestRefused
from model_server import Pour, chat, events, serving, words

DOORS = list(MODELS)
SAID = "model needs more memory"
PAGE = f"<!DOCTYPE html>\n<html><head><style>p {{}}</style></head><body><!-- x --><p>{SAID}</p></body></html>"
LOC = [{"loc": ["body", "seed"], "msg": SAID}]


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)


def asked(name: str, url: str) -> Reply:
    return ask(door(name, url), request(name), cancel=CancelToken(), redact=REDACT, account=Account(None))


def refusal(name: str, body: bytes, code: int, content_type: str = "application/json") -> KernelAgentError:
    with serving(Pour(body, b"", code, content_type)) as server, pytest.raises(KernelAgentError) as caught:
        asked(name, server.url)
    return caught.value


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (json.dumps({"error": SAID}), "application/json", f"{SAID}."),
        (json.dumps({"error": {"message": SAID, "type": "x"}}), "application/json", f"{SAID}."),
        (json.dumps({"error": {"code": 400, "error": SAID}}), "application/json", f"{SAID}."),
        (json.dumps([{"error": {"code": 400, "message": SAID}}]), "application/json", f"{SAID}."),
        (json.dumps({"detail": SAID}), "application/json", f"{SAID}."),
        (json.dumps({"detail": LOC}), "application/json", f"body.seed: {SAID}."),
        (json.dumps({"error": "Bad Request", "message": SAID, "statusCode": 400}), "application/json", f"{SAID}."),
        (json.dumps({"error": True, "message": SAID}), "application/json", f"{SAID}."),
        (json.dumps({"errors": [{"message": SAID}, "and so on"]}), "application/json", f"{SAID}; and so on."),
        (json.dumps(SAID), "application/json", f"{SAID}."),
        (SAID, "text/plain", f"{SAID}."),
        (f"\ufeff{json.dumps({'error': SAID})}", "application/json", f"{SAID}."),
        (PAGE, "text/html", f"{SAID}."),
        (json.dumps({"code": 7}), "application/json", "{'code': 7}."),
        ("", "text/plain", "Error code: 400."),
    ],
)
def test_the_servers_own_words(name: str, body: str, content_type: str, said: str) -> None:
    error = refusal(name, body.encode(), 400, content_type)
    assert isinstance(error, RequestRefused)
    assert error.message.endswith(f"refuses the request (400): {said}")


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("code", "kind"), [(402, RequestRefused), (401, KeyRejected), (500, ProviderFailed), (503, ProviderFailed)]
)
def test_of_every_status(name: str, code: int, kind: type[KernelAgentError]) -> None:
    for body in (json.dumps({"error": SAID}), SAID):
        error = refusal(name, body.encode(), code)
        assert isinstance(error, kind)
        assert error.message.endswith(f": {SAID}.")


@pytest.mark.parametrize("name", DOORS)
def test_without_secrets_and_not_long(name: str) -> None:
    for body in (json.dumps({"error": f"{KEY} {'x' * 290} {KEY} " + "y" * 10_000}), f"{KEY} " * 2_000):
        message = refusal(name, body.encode(), 400).message
        assert KEY[:12] not in message
        assert "[redacted]" in message
        assert len(message) < 450


def test_words_have_an_end() -> None:
    deep: object = SAID
    for _ in range(900):
        deep = {"error": deep}
    assert told_words(deep) == ""
    assert told_words("<a>" + "<script" * 100_000) != ""
    assert told_words("x < y and y > z") == "x < y and y > z"


MARK = "\ufeff".encode()
CHAT = chat(words("one "), words("two", "stop")).body.encode()
RESPONSES = events(
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "one two"},
    {
        "type": "response.completed",
        "response": {"id": "r", "object": "response", "output": [], "status": "completed", "usage": None},
    },
).body.encode()
MESSAGES = events(
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "one two"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
    {"type": "message_stop"},
).body.encode()
WHOLE = json.dumps(
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": "one two"}, "finish_reason": "stop"}]}
).encode()


@pytest.mark.parametrize("content_type", ["text/event-stream", "text/plain"])
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("relay", CHAT),
        ("openai chat", CHAT),
        ("openai responses", RESPONSES),
        ("anthropic", MESSAGES),
        ("relay", WHOLE),
    ],
    ids=["relay", "chat", "responses", "messages", "at once"],
)
def test_a_mark_of_utf8_before_an_answer_loses_nothing(name: str, body: bytes, content_type: str) -> None:
    if body is WHOLE:
        content_type = content_type.replace("text/event-stream", "application/json")
    with serving(Pour(MARK + body, content_type=content_type)) as server:
        (sample,) = asked(name, server.url).samples
    assert sample.text == "one two"
    assert len(server.seen) == 1


@pytest.mark.parametrize("text", ["\ufeffdata: one", "data: one", "\ufeff", "\ufeff\ufeffdata", "\uffee"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_a_mark_comes_in_pieces(text: str, size: int) -> None:
    body = text.encode()

    async def blocks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def read() -> bytes:
        return b"".join([block async for block in _without_mark(blocks())])

    assert asyncio.run(read()) == body.removeprefix(MARK)


TOO_LONG, NO_CREDIT, NOT_THERE = "a smaller module", "no credit left", "country or region"


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("status", "error", "remedy"),
    [
        (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}, NO_CREDIT),
        (429, {"message": "no more", "type": "insufficient_quota"}, NO_CREDIT),
        (400, {"message": "Your credit balance is too low to access the API.", "type": "invalid_request"}, NO_CREDIT),
        (403, {"message": "Insufficient account balance"}, NO_CREDIT),
        (403, {"message": "no", "code": "unsupported_country_region_territory"}, NOT_THERE),
        (400, {"message": "User location is not supported for the API use."}, NOT_THERE),
        (400, {"message": "too long", "code": "context_length_exceeded"}, TOO_LONG),
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, TOO_LONG),
        (400, {"message": "Your input exceeds the context window of this model."}, TOO_LONG),
        (413, {"message": "no"}, TOO_LONG),
    ],
)
def test_the_remedy_is_that_of_the_reason(name: str, status: int, error: dict[str, str], remedy: str) -> None:
    told = refusal(name, json.dumps({"error": error}).encode(), status)
    assert isinstance(told, RequestRefused), told
    assert remedy in told.remedy
    assert error["message"].rstrip(".") in told.message


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (429, "You exceeded your current quota. Please retry in 34 s.", RateLimited),
        (403, "This key may not use the model.", KeyRejected),
    ],
)
def test_what_has_no_such_reason_has_the_class_of_its_status(
    status: int, message: str, kind: type[KernelAgentError]
) -> None:
    assert isinstance(refusal("relay", json.dumps({"error": {"message": message}}).encode(), status), kind)
