"""Options that a server does not take: known by the model's family, or by the server's refusal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from doors import REDACT, keys_for, request
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.asking import ask
from kernelagent.driver.providers.catalogue import BUILT_IN, Model, catalogue, choose
from kernelagent.driver.providers.exchange import Reply
from kernelagent.driver.providers.table import open_provider
from kernelagent.errors import RequestRefused
from model_server import Act, ModelServer, Say, Seen, Status, playing

DOORS = {
    "openai responses": Model("m", "openai", "responses", 4096, takes_effort=True),
    "openai chat": Model("m", "openai", "chat", 4096, takes_effort=True),
    "anthropic": Model("m", "anthropic", "messages", 4096, takes_effort=True),
    "relay": Model("m", "relay", "chat", 4096, takes_effort=True),
    "relay responses": Model("m", "relay", "responses", 4096, takes_effort=True),
}
EFFORT = {"openai responses": "reasoning", "relay responses": "reasoning", "anthropic": "output_config"}
LIMIT = {
    "openai responses": ["max_output_tokens"],
    "relay responses": ["max_output_tokens"],
    "openai chat": ["max_completion_tokens", "max_tokens"],
    "relay": ["max_tokens", "max_completion_tokens"],
}


def asked(name: str, server: ModelServer) -> Reply:
    model = DOORS[name]
    wanted = replace(request("relay"), model=model, temperature=0.4, effort="high")
    return ask(open_provider(model, keys_for(server.url)), wanted, cancel=CancelToken(), redact=REDACT)


@pytest.mark.parametrize(
    ("given", "takes_temperature", "takes_effort"),
    [
        ("o3", False, True),
        ("o1-pro", False, True),
        ("o4-mini-2025-04-16", False, True),
        ("gpt-5-mini", False, True),
        ("gpt-5.1-codex", False, True),
        ("ft:gpt-5-mini:me", False, True),
        ("gpt-5-chat-latest", True, False),
        ("gpt-4o", True, False),
        ("claude-opus-4-7", False, True),
        ("claude-opus-4-20250514", True, False),
        ("claude-3-5-sonnet-latest", True, False),
    ],
)
def test_a_model_that_is_not_listed_takes_what_its_family_takes(
    tmp_path: Path, given: str, takes_temperature: bool, takes_effort: bool
) -> None:
    provider = "anthropic" if given.startswith("claude") else "openai"
    model = choose(BUILT_IN, provider, given)
    assert (model.takes_temperature, model.takes_effort) == (takes_temperature, takes_effort)
    assert not model.priced
    table = f'[tool.kernelagent.models."{given}"]\nprovider = "{provider}"\ntakes-temperature = true\nusd-input = 1\n'
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    own = choose(catalogue(tmp_path / "model.py"), provider, given)
    assert (own.takes_temperature, own.takes_effort, own.usd_input) == (True, takes_effort, 1)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("by", ["words", "param"])
def test_what_is_refused_is_left_out_once_and_for_all(name: str, by: str) -> None:
    effort = EFFORT.get(name, "reasoning_effort")

    def act(seen: Seen, turn: int) -> Act:
        for option in ("temperature", effort):
            if option in seen.body and by == "param":
                return Status(400, "That is not for this model.", param=option)
            if option in seen.body:
                return Status(400, f"Unsupported parameter: '{option}' is not supported with this model.")
        return Say("x")

    with playing(act) as server:
        assert asked(name, server).samples[0].text == "x"
        assert len(server.seen) == 3, "with both, without the first, without either"
        assert asked(name, server).samples[0].text == "x"
    assert len(server.seen) == 4, "and it is not tried again"


@pytest.mark.parametrize("name", LIMIT)
def test_the_limit_of_tokens_has_other_names(name: str) -> None:
    first, *others = LIMIT[name]
    said = f"Unsupported parameter: '{first}' is not supported with this model. Use '{(others or ['x'])[0]}' instead."
    with playing(lambda seen, turn: Status(400, said) if first in seen.body else Say("x")) as server:
        asked(name, server)
    assert [body for body in others if body not in server.seen[1].body] == []
    assert first not in server.seen[1].body


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    "refusal",
    [
        Status(400, "max_tokens, max_output_tokens or max_completion_tokens is too large: 2048."),
        Status(400, "The temperature in your messages is a lie.", param="messages"),
        Status(400, "too long"),
        Status(404, "Unsupported parameter: 'temperature'"),
    ],
    ids=lambda refusal: refusal.message[:12],
)
def test_other_refusals_are_told_at_once(name: str, refusal: Status) -> None:
    with playing(lambda seen, turn: refusal) as server, pytest.raises(RequestRefused) as caught:
        asked(name, server)
    assert len(server.seen) == 1
    assert ("takes-temperature" in caught.value.remedy) == (refusal.code == 400)


@pytest.mark.parametrize("name", DOORS)
def test_who_refuses_everything_is_asked_as_often_as_there_are_options(name: str) -> None:
    words = "temperature, effort, reasoning, thinking, max_tokens, max_completion_tokens, max_output_tokens: unknown"
    with playing(lambda seen, turn: Status(400, words)) as server, pytest.raises(RequestRefused):
        asked(name, server)
    assert len(server.seen) <= 5


VLLM = (
    "This model's maximum context length is 2000 tokens. However, you requested 2248 tokens (200 in the messages, 2048 "
    "in the completion). Please reduce the length of the messages or completion."
)
NEWER_VLLM = (
    "'max_tokens' or 'max_completion_tokens' is too large: 2048. This model's maximum context length is 2000 tokens "
    "and your request has 200 input tokens (2048 > 2000 - 200)."
)
OPENAI = "max_tokens is too large: 2048. This model supports at most 1800 completion tokens, whereas you provided 2048."
TELLS_ITS_LIMIT = [
    *((name, OPENAI) for name in ("openai chat", "relay")),
    *((name, words) for name in ("openai chat", "relay") for words in (VLLM, NEWER_VLLM)),
    ("relay", "`max_tokens` must be less than or equal to `1800`"),
    ("relay", "Invalid max_tokens value, the valid range of max_tokens is [1, 1800]"),
    *(
        (
            name,
            "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 1800, but got 2048 instead.",
        )
        for name in ("openai responses", "relay responses")
    ),
    ("anthropic", "max_tokens: 2048 > 1800, which is the maximum allowed number of output tokens for m"),
    ("anthropic", "input length and `max_tokens` exceed context limit: 200 + 2048 > 2000, decrease input length"),
]


def limit_of(seen: Seen) -> int:
    (limit,) = (value for name, value in seen.body.items() if name.startswith("max_"))
    assert isinstance(limit, int)
    return limit


@pytest.mark.parametrize(("name", "words"), TELLS_ITS_LIMIT)
@pytest.mark.parametrize("param", [None, "max_tokens"])
def test_a_limit_that_is_too_large_is_lowered_to_what_the_server_says(name: str, words: str, param: str | None) -> None:
    def act(seen: Seen, turn: int) -> Act:
        return Status(400, words, param=param) if limit_of(seen) > 1800 else Say("x")

    with playing(act) as server:
        assert asked(name, server).samples[0].text == "x"
        assert [limit_of(seen) for seen in server.seen] == [2048, 1800]
        assert asked(name, server).samples[0].text == "x"
        if "context" in words:  # a shorter or longer prompt leaves another rest of it
            assert 1800 <= limit_of(server.seen[2]) < 2000
        else:
            assert [limit_of(seen) for seen in server.seen[2:]] == [1800], "and what was told is kept"


@pytest.mark.parametrize(
    "words",
    [
        "This model supports at most 100 completion tokens, whereas you provided 2048.",
        "This model supports at most 4096 completion tokens, whereas you provided 2048.",
        "This model's maximum context length is 2000 tokens. However, you requested 4048 tokens (2000 in the messages, "
        "2048 in the completion).",
    ],
)
def test_a_limit_with_which_nothing_is_gained_is_told(words: str) -> None:
    with playing(lambda seen, turn: Status(400, words)) as server, pytest.raises(RequestRefused, match="tokens"):
        asked("relay", server)
    assert len(server.seen) == 1


def test_a_server_that_is_never_content_is_left() -> None:
    def act(seen: Seen, turn: int) -> Act:
        return Status(400, f"This model supports at most {limit_of(seen) - 1} completion tokens")

    with playing(act) as server, pytest.raises(RequestRefused):
        asked("relay", server)
    assert len(server.seen) == 3
