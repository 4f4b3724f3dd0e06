"""Messages as gateways tell them: tokens in other places, whole where a stream was asked for, errors in the middle."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doors import REDACT, door, request
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ATTEMPTS, ask
from kernelagent.driver.providers.exchange import Reply, Sample
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import KernelAgentError, ProviderFailed, RateLimited, RequestRefused, UnusableReply
from model_server import Raw, events, serving

TEXT = "blah " * 600
USAGE = {"input_tokens": 100, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 300, "output_tokens": 500}
NONE = dict.fromkeys(USAGE, 0)
ALL = Usage(1000, 600, 500, stored_tokens=300)
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}}
STOP = {"type": "message_stop"}
MESSAGE = {
    **{"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn"},
    **{"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": TEXT}], "usage": USAGE},
}


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)


def start(usage: dict[str, int] | None) -> dict[str, Any]:
    message = {**MESSAGE, "content": [], "stop_reason": None}
    del message["usage"]
    return {"type": "message_start", "message": message if usage is None else {**message, "usage": usage}}


def end(reason: str | None = "end_turn", **usage: int) -> dict[str, Any]:
    told = {"usage": usage} if usage else {}
    return {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, **told}


def failing(kind: str) -> Raw:
    return events(start(USAGE), BLOCK, DELTA, {"type": "error", "error": {"type": kind, "message": "no"}})


def asked(url: str, account: Account | None = None) -> Reply:
    paying = account or Account(None)
    return ask(door("anthropic", url), request("anthropic"), cancel=CancelToken(), redact=REDACT, account=paying)


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        (events(start({**USAGE, "output_tokens": 1}), BLOCK, DELTA, end(output_tokens=500), STOP), ALL),
        (events(start(NONE), BLOCK, DELTA, end(**USAGE), STOP), ALL),
        (events(start({**NONE, "input_tokens": 7}), BLOCK, DELTA, end(**USAGE), STOP), ALL),
        (events(start(None), BLOCK, DELTA, end(**USAGE), STOP), ALL),
        (events(start(USAGE), BLOCK, DELTA, end(**{**NONE, "output_tokens": 500}), STOP), ALL),
        (events(start(USAGE), {**BLOCK, "content_block": {"type": "text", "text": TEXT}}, end(output_tokens=500)), ALL),
        (events(start(USAGE), BLOCK, DELTA, {**end(None), "usage": {"output_tokens": 500}}, STOP), ALL),
        (Raw(json.dumps(MESSAGE), "application/json"), ALL),
        (Raw(json.dumps(MESSAGE), "text/plain"), ALL),
    ],
    ids=["vendor's", "at the end", "better at the end", "no usage", "zeros", "block", "no reason", "whole", "plain"],
)
def test_text_and_tokens_are_read_where_they_are(answer: Raw, usage: Usage) -> None:
    with serving(answer) as server:
        reply = asked(server.url)
    assert (reply.samples[0].text, reply.samples[0].finish) == (TEXT, "stop")
    assert reply.usage == usage


def test_tokens_that_nobody_tells_are_reckoned() -> None:
    with serving(events(start(None), BLOCK, DELTA, end(), STOP)) as server:
        reply = asked(server.url)
    assert reply.usage.estimated
    assert reply.usage.output_tokens > 500


def test_why_a_whole_message_ended() -> None:
    with serving(Raw(json.dumps({**MESSAGE, "stop_reason": "max_tokens"}), "application/json")) as server:
        assert asked(server.url).samples == (Sample(TEXT, "length", 3),)


@pytest.mark.parametrize(
    ("answer", "error", "requests"),
    [
        (failing("billing_error"), RequestRefused, 1),
        (failing("request_too_large"), RequestRefused, 1),
        (failing("not_found_error"), RequestRefused, 1),
        (failing("timeout_error"), ProviderFailed, ATTEMPTS),
        (failing("overloaded_error"), ProviderFailed, ATTEMPTS),
        (failing("api_error"), ProviderFailed, ATTEMPTS),
        (failing("rate_limit_error"), RateLimited, ATTEMPTS),
        (Raw(json.dumps({"type": "error", "error": {"type": "billing_error"}}), "application/json"), RequestRefused, 1),
        (Raw('{"message": "Sign in."}', "application/json"), UnusableReply, 1),
        (Raw("[1]", "application/json"), ProviderFailed, ATTEMPTS),
    ],
)
def test_an_error_with_status_200_has_the_class_of_its_code(
    answer: Raw, error: type[KernelAgentError], requests: int
) -> None:
    account = Account(None)
    with serving(answer) as server, pytest.raises(error):
        asked(server.url, account)
    assert len(server.seen) == requests
    is_stream = answer.content_type != "application/json"
    assert (account.cost.input_tokens >= 1000 * requests) == is_stream, "what was told is counted"


def test_events_without_names_are_what_is_wrong() -> None:
    named = events(start(USAGE), BLOCK, DELTA, end(**USAGE), STOP)
    unnamed = "".join(line for line in named.body.splitlines(keepends=True) if not line.startswith("event:"))
    with serving(Raw(unnamed)) as server, pytest.raises(UnusableReply) as caught:
        asked(server.url)
    assert "no `event:` lines" in caught.value.message
    assert "leaves out the line `event: <type>`" in caught.value.remedy


def test_a_page_is_still_said_to_be_no_answer() -> None:
    with serving(Raw("<html>Sign in.</html>", "text/html")) as server, pytest.raises(UnusableReply) as caught:
        asked(server.url)
    assert "Is the address that of such an API?" in caught.value.remedy
