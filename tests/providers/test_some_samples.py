"""Several answers of which some fail, or don't come: what is finished is kept, and only the rest is asked for again."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest
from doors import MODELS, REDACT, door, request
from kernelagent.contract.result import Cost
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ATTEMPTS, ask
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Chunk, Provider, Reply, Request
from kernelagent.errors import (
    BudgetSpent,
    Cancelled,
    KernelAgentError,
    KeyRejected,
    ProviderFailed,
    ProviderTimedOut,
    RateLimited,
)
from model_server import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Act,
    Hang,
    ModelServer,
    Raw,
    Reset,
    Say,
    Seen,
    Status,
    chat,
    playing,
    several,
    words,
)

STREAMS = [name for name in MODELS if name != "openai chat"]
"""Doors by which each sample is a request of its own."""


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)


@dataclass
class Asked:
    """A question for three samples, with all that is told of it."""

    name: str
    samples: int = 3
    have: tuple[int, ...] = ()
    account: Account = field(default_factory=lambda: Account(None))
    kept: list[Reply] = field(default_factory=list)
    whole: list[Reply] = field(default_factory=list)

    def at(self, server: ModelServer, cancel: CancelToken | None = None, **given: object) -> Reply:
        return self.by(door(self.name, server.url), cancel, **given)

    def by(self, provider: Provider, cancel: CancelToken | None = None, **given: object) -> Reply:
        return ask(
            provider,
            request(self.name, samples=self.samples, **given),
            cancel=cancel or CancelToken(),
            redact=REDACT,
            account=self.account,
            keep=self.kept.append,
            keep_sample=self.whole.append,
            have=self.have,
        )


def sent(name: str) -> int:
    """Tokens of the request, reckoned."""
    return -(-request(name).characters // 3)


def cost(name: str, times: int) -> Cost:
    given, written = times * INPUT_TOKENS, times * OUTPUT_TOKENS
    usd = times * (0.4 * 2 + 0.6 * 0.5 + 0.5 * 8) / 1000 if name != "relay" else 0.0
    return Cost(given, written, pytest.approx(usd, abs=1e-6), False)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("failure", [Status(500), Status(429, "x", {"retry-after": "0"}), Reset("")], ids=str)
def test_a_retry_asks_for_what_is_missing(name: str, failure: Act) -> None:
    asked = Asked(name)
    with playing(lambda seen, turn: failure if turn == 1 else Say(f"answer {turn}", pause_s=0.2)) as server:
        reply = asked.at(server)
    assert len(server.seen) == 4
    assert sorted(sample.text for sample in reply.samples) == ["answer 0", "answer 2", "answer 3"]
    assert reply.numbers == (0, 1, 2)
    assert reply.attempts == 2
    assert reply.why_fewer == ""
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (3 * INPUT_TOKENS, 3 * OUTPUT_TOKENS)
    if isinstance(failure, Status):
        assert asked.account.cost == cost(name, 3)
    assert asked.kept == [reply]
    assert sorted(number for one in asked.whole for number in one.numbers) == [0, 1, 2]
    for one in asked.whole:
        assert one.samples == (reply.samples[one.numbers[0]],)
        assert (one.usage.input_tokens, one.usage.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(("status", "rounds"), [(500, ATTEMPTS), (401, 1)])
def test_where_retries_are_spent_the_reply_has_those_that_are_whole(name: str, status: int, rounds: int) -> None:
    asked = Asked(name)
    with playing(lambda seen, turn: Say(f"answer {turn}") if turn < 2 else Status(status, "oops")) as server:
        reply = asked.at(server)
    assert len(server.seen) == 2 + rounds
    assert sorted(sample.text for sample in reply.samples) == ["answer 0", "answer 1"]
    assert "oops" in reply.why_fewer
    assert asked.kept == [reply]
    assert asked.account.cost == cost(name, 2)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("status", "error"), [(500, ProviderFailed), (401, KeyRejected), (429, RateLimited)])
def test_where_none_is_whole_the_failure_is_raised(name: str, status: int, error: type[KernelAgentError]) -> None:
    asked = Asked(name)
    headers = {"retry-after": "0"}
    with playing(lambda seen, turn: Status(status, "oops", headers)) as server, pytest.raises(error, match="oops"):
        asked.at(server)
    assert asked.account.cost == Cost()
    assert not asked.kept


@pytest.mark.parametrize("name", MODELS)
def test_what_one_has_is_not_asked_for(name: str) -> None:
    asked = Asked(name, have=(0, 2))
    with playing(lambda seen, turn: Say("the second")) as server:
        reply = asked.at(server)
    assert (reply.numbers, [sample.text for sample in reply.samples]) == ((1,), ["the second"])
    assert ["n" in seen.body for seen in server.seen] == [False]


def test_of_one_stream_the_samples_whose_end_was_told_are_kept() -> None:
    """Where it breaks before the others'."""
    broken = chat(words("first", "stop"), {"choices": [{"index": 1, "delta": {"content": "sec"}}]}, ending="")
    asked = Asked("openai chat", samples=2)
    with playing(lambda seen, turn: broken if turn == 0 else Say("second")) as server:
        reply = asked.at(server)
    assert [seen.body.get("n") for seen in server.seen] == [2, None]
    assert [sample.text for sample in reply.samples] == ["first", "second"]


def silent(seen: Seen, turn: int) -> Act:
    """Streams that are accepted and have no text yet, but for each third, which is refused."""
    if turn % 3 == 2:
        return Status(429, "slow down", {"retry-after": "0"})
    return Hang(": accepted\n\n")


class Impatient:
    """A door for whose requests the time is up as soon as one of them has been refused, however long that took."""

    def __init__(self, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
        self._provider = provider
        self._monkeypatch = monkeypatch
        self._began: dict[asyncio.AbstractEventLoop, float] = {}
        """When the first stream of a round did; a round has a loop of its own."""
        self.name = provider.name
        self.destination = provider.destination
        self.address_from_file = provider.address_from_file

    def takes_samples(self, model: Model) -> bool:
        return self._provider.takes_samples(model)

    async def stream(self, asked: Request) -> AsyncGenerator[Chunk, None]:
        loop = asyncio.get_running_loop()
        clock = loop.time
        began = self._began.setdefault(loop, clock())
        try:
            async with contextlib.aclosing(self._provider.stream(asked)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except Exception:
            # The round's own timer began before the first stream did, and those of the connections after it.
            left = began + asked.timeout_s - clock()
            self._monkeypatch.setattr(loop, "time", lambda: clock() + left)
            raise


@pytest.mark.parametrize("name", STREAMS)
def test_what_was_accepted_is_counted_where_another_was_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(name)
    with playing(silent) as server, pytest.raises((RateLimited, ProviderTimedOut)):
        asked.by(Impatient(door(name, server.url), monkeypatch))
    accepted = len(server.seen) - ATTEMPTS
    assert accepted == 2 * ATTEMPTS
    assert (asked.account.cost.input_tokens, asked.account.cost.output_tokens) == (accepted * sent(name), 0)
    assert asked.account.cost.estimated


def test_one_that_fails_leaves_the_others_to_their_end() -> None:
    asked, text = Asked("anthropic"), "x" * 2000
    with playing(
        lambda seen, turn: Status(429, "x", {"retry-after": "0"}) if turn == 0 else Say(text, pause_s=0.1)
    ) as server:
        reply = asked.at(server)
    assert [sample.text for sample in reply.samples] == [text] * 3
    assert len(server.seen) == 4
    assert asked.account.cost == cost("anthropic", 3)


def test_a_retry_that_the_budget_does_not_bear_leaves_what_is_whole() -> None:
    asked = Asked("relay", samples=2, account=Account(None, 2 * (2048 + sent("relay"))))
    with playing(lambda seen, turn: Say("x") if turn == 0 else Reset("blah " * 1500)) as server:
        reply = asked.at(server)
    assert [sample.text for sample in reply.samples] == ["x"]
    assert "tokens" in reply.why_fewer
    asked = Asked("relay", samples=2, account=Account(None, 100))
    with playing(lambda seen, turn: Say("x")) as server, pytest.raises(BudgetSpent):
        asked.at(server)
    assert not server.seen


def test_cancelled_it_has_told_of_those_that_are_whole() -> None:
    asked, token = Asked("openai responses"), CancelToken()

    def act(seen: Seen, turn: int) -> Act:
        return Say("whole") if turn == 0 else Say("x" * 4000, pause_s=0.2)

    with playing(act) as server:
        threading.Timer(0.8, token.cancel).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            asked.at(server, token)
        assert time.monotonic() - began < 1.7
        assert server.wait_until_closed()
    assert [one.samples[0].text for one in asked.whole] == ["whole"]
    assert not asked.kept
    assert asked.account.cost.input_tokens >= INPUT_TOKENS + 2 * sent("openai responses")


REFUSALS = [
    Status(
        400,
        "Unsupported value: 'n' does not support 3 with this model. Only the default (1) value is supported.",
        param="n",
    ),
    Status(400, "Unsupported value: 'n' does not support 3 with this model."),
    Status(400, "Unrecognized request argument supplied: n"),
    Status(400, "That is not for this model.", param="n"),
    Status(400, "'n' : number must be at most 1"),
    Status(400, "n must be 1 when using greedy sampling, got 3."),
    Status(422, "Extra inputs are not permitted: `n`"),
    Status(400, "Only one completion choice is allowed"),
    Status(400, "This model does not give multiple choices."),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.message[:30])
def test_who_refuses_several_is_asked_for_each(refusal: Status) -> None:
    asked = Asked("openai chat")
    with playing(lambda seen, turn: refusal if "n" in seen.body else Say(f"answer {turn}")) as server:
        reply = asked.at(server)
        assert sorted(sample.text for sample in reply.samples) == ["answer 1", "answer 2", "answer 3"]
        assert ["n" in seen.body for seen in server.seen] == [True, False, False, False]
        assert asked.account.cost == cost("openai chat", 3)
        assert reply.why_fewer == ""
        asked.at(server)
        assert ["n" in seen.body for seen in server.seen[4:]] == [False] * 3, "and several are not tried again"


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "at once"])
def test_who_ignores_that_several_are_asked_is_asked_for_each(streams: bool) -> None:
    asked = Asked("openai chat")

    def act(seen: Seen, turn: int) -> Act:
        return several(f"answer {turn}") if streams else at_once(f"answer {turn}")

    with playing(act) as server:
        reply = asked.at(server)
        assert reply.samples[0].text == "answer 0"
        assert sorted(sample.text for sample in reply.samples) == ["answer 0", "answer 1", "answer 2"]
        assert ["n" in seen.body for seen in server.seen] == [True, False, False]
        assert asked.account.cost.output_tokens == reply.usage.output_tokens == 3 * OUTPUT_TOKENS
        asked.at(server)
        assert ["n" in seen.body for seen in server.seen[3:]] == [False] * 3


def at_once(text: str) -> Act:
    usage = f'{{"prompt_tokens": {INPUT_TOKENS}, "completion_tokens": {OUTPUT_TOKENS}}}'
    choice = f'{{"index": 0, "message": {{"role": "assistant", "content": "{text}"}}, "finish_reason": "stop"}}'
    return Raw(
        f'{{"id": "c", "object": "chat.completion", "choices": [{choice}], "usage": {usage}}}', "application/json"
    )


@pytest.mark.parametrize("given", [2, 5])
def test_fewer_and_more_than_asked(given: int) -> None:
    """What is missing is asked for; what comes besides is taken, since it is paid for."""
    asked = Asked("openai chat")
    texts = [f"answer {number}" for number in range(given)]
    with playing(lambda seen, turn: several(*texts) if turn == 0 else several("the third")) as server:
        reply = asked.at(server)
    assert [sample.text for sample in reply.samples] == (texts if given == 5 else [*texts, "the third"])
    assert len(server.seen) == (1 if given == 5 else 2)


def test_samples_of_streams_that_are_numbered_from_anything_stay_apart() -> None:
    def act(seen: Seen, turn: int) -> Act:
        return chat(*({"choices": [{"index": 1, "delta": {"content": f"{turn}{half}"}}]} for half in "ab"))

    asked = Asked("relay", samples=2)
    with playing(act) as server:
        reply = asked.at(server)
    assert sorted(sample.text for sample in reply.samples) == ["0a0b", "1a1b"]
