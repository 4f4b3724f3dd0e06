"""Whatever an API tells of tokens, or does not, and however an attempt ends: it is paid for, and the budget holds."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from doors import MODELS, REDACT, door, request
from kernelagent.contract.result import Cost
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ATTEMPTS, ask
from kernelagent.driver.providers.exchange import Message, Reply
from kernelagent.driver.providers.ledger import DayLimit, Ledger, Spending, utc_day
from kernelagent.driver.providers.reckoning import tokens_in
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import (
    BudgetSpent,
    Cancelled,
    KernelAgentError,
    ProviderFailed,
    RequestRefused,
    UnusableReply,
)
from model_server import INPUT_TOKENS, Act, Hang, Raw, Reset, Say, Status, chat, serving, words

DOORS = list(MODELS)
TEXT = "blah " * 600
WRITTEN = 1000
"""Tokens of it, at three characters each."""


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)


def sent(name: str) -> int:
    """Tokens of the request, reckoned."""
    return -(-request(name).characters // 3)


def asked(name: str, url: str, account: Account, cancel: CancelToken | None = None, **given: object) -> Reply:
    token = cancel or CancelToken()
    return ask(door(name, url), request(name, **given), cancel=token, redact=REDACT, account=account)


@pytest.mark.parametrize("name", DOORS)
def test_where_the_api_tells_nothing_the_text_is_counted(name: str) -> None:
    account = Account(None)
    with serving(Say(TEXT, tells_tokens=False)) as server:
        reply = asked(name, server.url, account)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (sent(name), WRITTEN)
    assert reply.usage.estimated
    price = MODELS[name].usd(Usage(sent(name), 0, WRITTEN))
    assert account.cost == Cost(sent(name), WRITTEN, pytest.approx(price, abs=1e-6), True)


@pytest.mark.parametrize("name", DOORS)
def test_what_the_api_tells_is_no_estimate(name: str) -> None:
    account = Account(None)
    with serving(Say(TEXT)) as server:
        asked(name, server.url, account)
    assert (account.cost.input_tokens, account.cost.output_tokens) == (1000, 500)
    assert not account.cost.estimated


@pytest.mark.parametrize("name", DOORS)
def test_a_stream_that_breaks_is_paid_for_each_time(name: str, tmp_path: Path) -> None:
    account = Account(None, ledger=Ledger(tmp_path))
    with serving(Reset(TEXT)) as server, pytest.raises(KernelAgentError, match="broke"):
        asked(name, server.url, account)
    given = INPUT_TOKENS if name == "anthropic" else sent(name)  # told at the beginning
    cost = account.cost
    assert (cost.input_tokens, cost.output_tokens, cost.estimated) == (ATTEMPTS * given, ATTEMPTS * WRITTEN, True)
    assert Ledger(tmp_path).today().tokens == ATTEMPTS * (given + WRITTEN)
    assert Ledger(tmp_path).held().tokens == 0


@pytest.mark.parametrize("name", DOORS)
def test_a_cancelled_stream_is_paid_for(name: str) -> None:
    account, token = Account(None), CancelToken()
    with serving(Say(TEXT, pause_s=0.1)) as server, pytest.raises(Cancelled):
        ask(
            door(name, server.url),
            request(name),
            cancel=token,
            redact=REDACT,
            account=account,
            on_text=lambda sample, text: token.cancel(),
        )
    assert 0 < account.cost.output_tokens < WRITTEN
    assert account.cost.input_tokens > 0


def test_silence_is_paid_for_as_far_as_it_was_asked() -> None:
    account = Account(None)
    with serving(Hang()) as server, pytest.raises(KernelAgentError):
        asked("relay", server.url, account, timeout_s=0.3)
    assert (account.cost.input_tokens, account.cost.output_tokens) == (ATTEMPTS * sent("relay"), 0)


CHINESE = "一行中文注释" * 400
BASE64 = base64.b64encode(bytes(range(256)) * 40).decode()
SHORT_LINES = "\n".join(textwrap.wrap(BASE64, 60))
DIGESTS = "".join(f'    "{hashlib.md5(bytes([n])).hexdigest()}",\n' for n in range(200))
UUENCODED = "".join(binascii.b2a_uu(bytes(range(n, n + 45)), backtick=True).decode() for n in range(200))
WEIGHTS = ", ".join(f"0.{7 * n:04}" for n in range(1000))
CODE = "    hidden = torch.relu(self.linear(x)) + 0.5  # as in the paper\n" * 100
NAMES = "from torch.nn import TransformerEncoderLayer, scaled_dot_product_attention  # SHORTEST_AND_LONGEST\n" * 100
RULERS = ("# " + "-" * 110 + "\n") * 100


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (CHINESE, 3 * len(CHINESE), 3 * len(CHINESE)),
        ("\N{GRINNING FACE}" * 1000, 4000, 4000),
        (BASE64, len(BASE64), len(BASE64)),
        (SHORT_LINES, len(BASE64), len(SHORT_LINES)),
        (DIGESTS, 32 * 200, len(DIGESTS)),
        (UUENCODED, 61 * 200, len(UUENCODED)),
        (WEIGHTS, 5000, 7000),
        (RULERS, 0, len(RULERS) / 2),
        (CODE, len(CODE) / 3, len(CODE) / 2.5),
        (NAMES, len(NAMES) / 3, len(NAMES) / 2.9),
        ("a\udc80", 3, 4),
    ],
    ids=[
        "chinese",
        "emoji",
        "base64",
        "short lines",
        "digests",
        "uuencode",
        "weights",
        "rulers",
        "code",
        "names",
        "surrogate",
    ],
)
def test_tokens_are_reckoned_by_what_the_text_is(text: str, least: float, most: float) -> None:
    assert least <= tokens_in(text) <= most


@pytest.mark.parametrize("text", [CHINESE, BASE64], ids=["chinese", "base64"])
def test_a_request_of_other_than_words_is_held_against_the_budget(text: str) -> None:
    account, asked_for = Account(None, len(text)), (Message("user", text),)
    with serving(Say(TEXT)) as server, pytest.raises(BudgetSpent):
        asked("relay", server.url, account, messages=asked_for)
    assert not server.seen
    with serving(Say(text, tells_tokens=False, thinks=text)) as server:
        asked("relay", server.url, account := Account(None))
    assert account.cost.output_tokens >= 2 * len(text)


@pytest.mark.parametrize("act", [Status(401), Status(404), Status(429), Status(500)])
def test_a_request_that_was_not_taken_costs_nothing(act: Act) -> None:
    account = Account(None)
    with serving(act) as server, pytest.raises(KernelAgentError):
        asked("openai responses", server.url, account)
    assert account.cost == Cost()
    with pytest.raises(KernelAgentError):
        asked("openai responses", server.url, account)  # nobody listens there any more
    assert account.cost == Cost()


def test_each_attempt_must_fit_the_budget() -> None:
    account = Account(None, 6200)
    with serving(Reset("blah " * 900)) as server, pytest.raises(BudgetSpent, match="6200"):
        asked("relay", server.url, account, max_output_tokens=6000)
    first, second = (seen.body["max_tokens"] for seen in server.seen)
    assert first == 6000
    assert second == 6200 - 1500 - 2 * sent("relay")


def test_too_little_output_is_not_sent_and_less_than_wanted_is_told() -> None:
    """A reply that is cut off holds no kernel, and is paid."""
    model = replace(MODELS["openai chat"], max_output_tokens=16384)
    asked_for = replace(request("openai chat"), model=model, max_output_tokens=16384)
    told: list[str] = []
    for left, sent_with in ((20000, 16384), (5000, 5000), (4096, 4096), (4095, None)):
        account = Account(None, sent("openai chat") + left)
        account.on_wait = told.append
        if sent_with is None:
            with pytest.raises(BudgetSpent, match="does not fit the rest"):
                account.reserve(asked_for, CancelToken())
        else:
            assert account.reserve(asked_for, CancelToken()).output_tokens == sent_with
    assert [words.split(" of output")[0][-12:] for words in told] == [" 5000 tokens", " 4096 tokens"]
    small = replace(asked_for, max_output_tokens=300)
    assert Account(None, sent("openai chat") + 300).reserve(small).output_tokens == 300


def test_several_samples_without_a_word_on_tokens() -> None:
    account = Account(None)
    with serving(Say(TEXT, tells_tokens=False)) as server:
        asked("openai chat", server.url, account, samples=3)
        assert account.cost.output_tokens == 3 * WRITTEN
        asked("relay", server.url, account, samples=2)
    assert account.cost.output_tokens == 5 * WRITTEN
    assert account.cost.input_tokens == sent("openai chat") + 2 * sent("relay")


def test_runs_at_the_same_time_share_a_day(tmp_path: Path) -> None:
    asked_for = request("openai chat")
    most = sent("openai chat") + asked_for.max_output_tokens
    for limit in (DayLimit(tokens=most + 500), DayLimit(usd=0.02)):
        first, second = (Account(None, day=limit, ledger=Ledger(tmp_path)) for _ in range(2))
        reservation = first.reserve(asked_for)
        with pytest.raises(BudgetSpent):
            second.reserve(asked_for)
        first.settle(reservation)
        second.settle(second.reserve(asked_for))


@pytest.mark.parametrize("shared", ["a run", "a batch", "a day"])
def test_a_request_waits_for_what_others_have_set_aside(shared: str, tmp_path: Path) -> None:
    """Of five at a time, each would fit alone, and all of them do one after the other."""
    most = sent("relay") + request("relay").max_output_tokens
    whole = Account(None, most + 4 * 1500)
    day = DayLimit(tokens=most + 4 * 1500)
    accounts = {
        "a run": [whole] * 5,
        "a batch": [Account(None, within=whole) for _ in range(5)],
        "a day": [Account(None, day=day, ledger=Ledger(tmp_path)) for _ in range(5)],
    }[shared]
    failed: list[KernelAgentError] = []

    def one(url: str, account: Account) -> None:
        try:
            asked("relay", url, account)
        except KernelAgentError as exc:
            failed.append(exc)

    with serving(Say(TEXT, pause_s=0.02)) as server:
        threads = [threading.Thread(target=one, args=(server.url, account)) for account in accounts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed, failed[0].message
        assert {seen.body["max_tokens"] for seen in server.seen} == {2048}, "none is cut short because others are asked"
        with pytest.raises(BudgetSpent) as spent:
            asked("relay", server.url, accounts[0])
        assert "set aside" not in spent.value.message
    assert len(server.seen) == 5


def test_one_that_waits_obeys_its_token() -> None:
    account, token = Account(None, sent("relay") + 2048), CancelToken()
    held = account.reserve(request("relay"))
    threading.Timer(0.3, token.cancel).start()
    with serving(Say(TEXT)) as server, pytest.raises(Cancelled):
        asked("relay", server.url, account, token)
    assert not server.seen
    with pytest.raises(BudgetSpent, match=f"0 tokens .* are used and {held.tokens} set aside for requests"):
        account.reserve(request("relay"))


def test_what_rounding_leaves_is_held_by_nobody() -> None:
    account = Account(0.03)
    for held in [account.reserve(request("openai chat", max_output_tokens=n)) for n in (1030, 1700, 611)]:
        account.settle(held)
    account.spend(MODELS["openai chat"], Usage(0, 0, 3700))
    with pytest.raises(BudgetSpent) as spent:
        account.reserve(request("openai chat"))
    assert "set aside" not in spent.value.message


def test_only_one_of_many_gets_the_last_tokens(tmp_path: Path) -> None:
    asked_for = request("openai chat")
    limit = DayLimit(tokens=sent("openai chat") + asked_for.max_output_tokens)
    got: list[bool] = []
    start = threading.Barrier(8)

    def one() -> None:
        account = Account(None, day=limit, ledger=Ledger(tmp_path))
        start.wait()
        try:
            account.reserve(asked_for)
            got.append(True)
        except BudgetSpent:
            got.append(False)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]


def test_what_a_dead_process_had_set_aside_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for = request("openai chat")
    limit = DayLimit(tokens=sent("openai chat") + asked_for.max_output_tokens)
    Account(None, day=limit, ledger=Ledger(tmp_path)).reserve(asked_for)
    other = Account(None, day=limit, ledger=Ledger(tmp_path, utc_day))
    with pytest.raises(BudgetSpent):
        other.reserve(asked_for)
    later = time.time() + asked_for.timeout_s + 61
    monkeypatch.setattr("kernelagent.driver.providers.ledger.time.time", lambda: later)
    other.reserve(asked_for)


def test_a_day_is_the_same_in_all_time_zones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These two never have the same date."""
    limit = DayLimit(tokens=10**6)
    try:
        for number, zone in enumerate(("Etc/GMT-14", "Etc/GMT+12"), 1):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            account = Account(None, day=limit, ledger=Ledger(tmp_path))
            account.reserve(request("openai chat"))
            account.spend(MODELS["openai chat"], Usage(1000, 0, 500))
            assert Ledger(tmp_path).today().tokens == number * 1500
            assert Ledger(tmp_path).held().tokens == number * (sent("openai chat") + 2048)
    finally:
        monkeypatch.undo()
        time.tzset()


DIES = """\
import os, signal, sys
from pathlib import Path
from doors import MODELS, request
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.ledger import DayLimit, Ledger
from kernelagent.driver.providers.reckoning import tokens_in
from kernelagent.driver.providers.usage import Usage
account = Account(None, day=DayLimit(tokens=int(sys.argv[2])), ledger=Ledger(Path(sys.argv[1])))
asked = request("openai chat", max_output_tokens=8192)
reservation = account.reserve(asked)
if sys.argv[3] == "speaks":
    account.note(reservation, MODELS["openai chat"], Usage(1000, 0, 100_000), 3.0)
    account.note(reservation, MODELS["openai chat"], Usage(70, 0, 30), 4.0)
print("reserved", flush=True)
if sys.argv[3] == "waits":
    sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


SAME = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize(("how", "counted"), [("is silent", sent("openai chat")), ("speaks", 100)])
def test_what_a_killed_process_had_asked_counts_and_the_rest_comes_back(how: str, counted: int, tmp_path: Path) -> None:
    asked_for = request("openai chat", max_output_tokens=8192)
    limit = sent("openai chat") + asked_for.max_output_tokens
    dying = [sys.executable, "-c", DIES, str(tmp_path), str(limit), how]
    done = subprocess.run(dying, env=SAME, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert Ledger(tmp_path).held().tokens == limit
    ledger = Ledger(tmp_path)
    for _ in range(2):
        account = Account(None, day=DayLimit(tokens=limit), ledger=ledger)
        reservation = account.reserve(asked_for, CancelToken())
        assert reservation.output_tokens == asked_for.max_output_tokens - counted
        account.settle(reservation)
        assert ledger.today().tokens == counted, "once, whoever looks"
        assert ledger.held().tokens == 0
    assert sorted(path.suffix for path in (tmp_path / "spent").iterdir()) == ["", ".jsonl"], "its file is gone"


def test_what_a_living_process_holds_is_waited_for_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.accounting.TELLS_AFTER_S", 0.2)
    asked_for = request("openai chat", max_output_tokens=8192)
    limit = sent("openai chat") + asked_for.max_output_tokens
    living = [sys.executable, "-c", DIES, str(tmp_path), str(limit), "waits"]
    with subprocess.Popen(living, env=SAME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "reserved\n"
        account = Account(None, day=DayLimit(tokens=limit), ledger=Ledger(tmp_path))
        told: list[str] = []

        def hear(words: str) -> None:
            told.append(words)
            other.stdin.close()  # type: ignore[union-attr]

        account.on_wait = hear
        account.reserve(asked_for, CancelToken())
    assert len(told) == 2
    assert f"0 tokens of today's {limit} are used and {limit} set aside" in told[0]
    assert "tokens of output, where 8192 were wanted" in told[1]


def test_a_day_that_cannot_be_noted_is_not_exceeded(tmp_path: Path) -> None:
    asked_for, model = request("openai chat"), MODELS["openai chat"]
    (tmp_path / "spent").write_text("where the folder would be")
    with pytest.raises(BudgetSpent, match="cannot be written"):
        Account(None, day=DayLimit(usd=100.0), ledger=Ledger(tmp_path)).reserve(asked_for)
    account = Account(None, ledger=Ledger(tmp_path))  # without a limit there is nothing to keep
    account.settle(account.reserve(asked_for))
    account.spend(model, Usage(1000, 0, 500))
    assert account.cost.output_tokens == 500


def test_what_a_full_disk_refused_is_noted_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for, model, ledger = request("openai chat"), MODELS["openai chat"], Ledger(tmp_path)
    account = Account(None, day=DayLimit(tokens=10**6), ledger=ledger)
    reservation, write = account.reserve(asked_for), os.write
    with monkeypatch.context() as full:
        full.setattr("kernelagent.driver.providers.ledger.os.write", lambda file, data: write(file, data[:9]))
        account.spend(model, Usage(1000, 0, 500))
        account.settle(reservation)
        with pytest.raises(BudgetSpent, match="No space left"):
            account.reserve(asked_for)
        assert (ledger.today().tokens, ledger.held().tokens) == (1500, 0)
    assert Ledger(tmp_path).today().tokens == 0
    Ledger(tmp_path).end(ledger.hold(Spending(tokens=7), 1.0), None)
    other = Ledger(tmp_path)
    assert (other.today().tokens, other.held().tokens) == (1500, 0)


@pytest.mark.parametrize("count", [None, -100_000, 10**15, "many", 0.5])
def test_what_is_no_count_is_not_told(count: object, tmp_path: Path) -> None:
    account = Account(None, ledger=Ledger(tmp_path))
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
    with serving(chat(words(TEXT, "stop"), {"usage": usage})) as server:
        assert asked("relay", server.url, account).samples[0].text == TEXT
    assert account.cost == Cost(sent("relay"), WRITTEN, 0.0, True)
    assert Ledger(tmp_path).today().tokens == sent("relay") + WRITTEN


@pytest.mark.parametrize(
    ("usage", "output"),
    [
        ({"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 31200}, 30200),
        ({"completion_tokens": 200, "total_tokens": 31200, "prompt_tokens": 0}, 200),
        ({"prompt_tokens": 1000, "completion_tokens": 30200, "total_tokens": 31200}, 30200),
        ({"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 900}, 200),
        (
            {"prompt_tokens": 1000, "completion_tokens": 200, "completion_tokens_details": {"reasoning_tokens": 900}},
            1100,
        ),
        (
            {"prompt_tokens": 1000, "completion_tokens": 900, "completion_tokens_details": {"reasoning_tokens": 200}},
            900,
        ),
        ({"prompt_tokens": 1000, "completion_tokens": 200, "completion_tokens_details": [7]}, 200),
    ],
)
def test_what_was_thought_counts_where_it_is_told_beside_the_answer(usage: dict[str, object], output: int) -> None:
    account = Account(None)
    with serving(chat(words(TEXT, "stop"), {"usage": usage})) as server:
        asked("relay", server.url, account)
    assert account.cost.output_tokens == output


def test_a_stream_that_ends_without_a_reason_is_an_answer() -> None:
    account = Account(None)
    with serving(chat(words("one "), words("two"))) as server:
        reply = asked("relay", server.url, account)
        assert (reply.samples[0].text, reply.samples[0].finish) == ("one two", "stop")
        assert len(server.seen) == 1


@pytest.mark.parametrize("name", DOORS)
def test_a_page_is_no_answer(name: str) -> None:
    with serving(Raw("<html>Sign in</html>", "text/html")) as server:
        with pytest.raises(UnusableReply):
            asked(name, server.url, Account(None))
        assert len(server.seen) == 1


THOUGHTS = "hm, " * 6000
THOUGHT = 8000
"""Tokens of them."""


@pytest.mark.parametrize("name", DOORS)
def test_what_is_thought_aloud_is_paid_for(name: str) -> None:
    account = Account(None)
    with serving(Say(TEXT, tells_tokens=False, thinks=THOUGHTS)) as server:
        reply = asked(name, server.url, account)
    assert reply.samples[0].text == TEXT
    assert reply.samples[0].thought == len(THOUGHTS)
    assert account.cost.output_tokens == WRITTEN + THOUGHT
    assert account.cost.estimated


def test_the_other_name_of_thoughts() -> None:
    account = Account(None)
    with serving(Say(TEXT, tells_tokens=False, thinks=THOUGHTS, thinks_as="reasoning")) as server:
        asked("relay", server.url, account)
    assert account.cost.output_tokens == WRITTEN + THOUGHT


@pytest.mark.parametrize("name", DOORS)
def test_thoughts_of_a_stream_that_breaks_or_is_cancelled_are_paid_for(name: str) -> None:
    account = Account(None)
    with serving(Reset("The", thinks=THOUGHTS)) as server, pytest.raises(KernelAgentError):
        asked(name, server.url, account)
    assert account.cost.output_tokens >= ATTEMPTS * THOUGHT
    account, cancel = Account(None), CancelToken()
    with serving(Say(TEXT, pause_s=30, thinks=THOUGHTS)) as server:
        timer = threading.Timer(0.5, cancel.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            asked(name, server.url, account, cancel)
        timer.cancel()
    assert account.cost.output_tokens >= THOUGHT


def test_thoughts_without_an_end_are_stopped() -> None:
    endless = Say("x", thinks="hm, " * (1 << 18))
    with serving(endless) as server, pytest.raises(UnusableReply, match="does not stop"):
        asked("relay", server.url, Account(None))


@pytest.mark.parametrize(
    ("name", "limit"),
    [(n, limit) for n in DOORS for limit in ("usd", "tokens", "day") if limit != "usd" or MODELS[n].priced],
)
def test_an_answer_that_passes_the_budget_is_closed(name: str, limit: str, tmp_path: Path) -> None:
    account = {
        "usd": lambda: Account(MODELS[name].usd(Usage(sent(name) * 2, 0, 8000))),
        "tokens": lambda: Account(None, 8000),
        "day": lambda: Account(None, day=DayLimit(tokens=8000), ledger=Ledger(tmp_path)),
    }[limit]()
    with serving(Say(TEXT, thinks="hm, " * 60_000, tells_tokens=False)) as server:
        with pytest.raises(BudgetSpent, match=r"has sent some \d+ tokens, and was asked for \d+ at most"):
            asked(name, server.url, account)
        assert len(server.seen) == 1, "it is not asked again"
    assert account.cost.output_tokens > 8000, "what came is counted"


def test_what_would_come_after_the_budget_is_not_waited_for() -> None:
    account = Account(None, 8000)
    with serving(chat(*[words("hm, " * 500)] * 200)) as server, pytest.raises(BudgetSpent):
        asked("relay", server.url, account)
    assert 8000 < account.cost.output_tokens < 30_000, "of 133,000"


@pytest.mark.parametrize("name", DOORS)
def test_a_long_answer_that_the_budget_bears_is_read(name: str) -> None:
    account = Account(None, 500_000)
    with serving(Say(TEXT, thinks="hm, " * 60_000, tells_tokens=False)) as server:
        assert asked(name, server.url, account).samples[0].text == TEXT


COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": TEXT, "reasoning_content": THOUGHTS},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 600}},
}


def test_a_relay_that_does_not_stream_is_read() -> None:
    account = Account(None)
    with serving(Raw(json.dumps(COMPLETION), "application/json")) as server:
        reply = asked("relay", server.url, account)
    assert (reply.samples[0].text, reply.samples[0].finish, reply.samples[0].thought) == (TEXT, "stop", len(THOUGHTS))
    assert (account.cost.input_tokens, account.cost.output_tokens) == (1000, 500)


@pytest.mark.parametrize(
    ("body", "kind", "of"),
    [
        (
            'data: {"object": "error", "message": "the context is full", "code": 400}\n\n',
            "text/event-stream",
            RequestRefused,
        ),
        ('data: {"object": "error", "message": "the context is full"}\n\n', "text/event-stream", ProviderFailed),
        ('data: {"error": {"message": "the context is full"}}\n\n', "text/event-stream", ProviderFailed),
        ('data: {"error": "the context is full"}\n\n', "text/event-stream", ProviderFailed),
        ('{"error": {"message": "the context is full", "code": 402}}', "application/json", RequestRefused),
        ('{"object": "error", "message": "the context is full"}', "application/json; charset=utf-8", ProviderFailed),
    ],
)
def test_an_error_in_an_answer_keeps_its_words(body: str, kind: str, of: type[KernelAgentError]) -> None:
    with serving(Raw(body, kind)) as server, pytest.raises(of, match="the context is full"):
        asked("relay", server.url, Account(None))


def _chunk(choice: dict[str, object], **more: object) -> str:
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}
    return f"data: {json.dumps(told)}\n\n"


@pytest.mark.parametrize(
    ("stream", "finish"),
    [
        (_chunk({"delta": {"content": TEXT}}) + _chunk({"delta": {}, "finish_reason": "stop"}), "stop"),
        (_chunk({"index": None, "delta": {"content": TEXT}, "finish_reason": "MAX_TOKENS"}), "length"),
        (_chunk({"index": 0, "delta": {"content": [{"type": "text", "text": TEXT}]}, "finish_reason": "stop"}), "stop"),
        (_chunk({"index": 0, "delta": {"content": TEXT}, "finish_reason": "stop"}, usage=[]), "stop"),
    ],
)
def test_what_servers_leave_out_or_spell_in_their_own_way(stream: str, finish: str) -> None:
    with serving(Raw(stream + "data: [DONE]\n\n")) as server:
        (sample,) = asked("relay", server.url, Account(None)).samples
    assert (sample.text, sample.finish) == (TEXT, finish)


def test_an_answer_that_ends_with_an_error_is_none() -> None:
    stream = _chunk({"index": 0, "delta": {"content": TEXT}, "finish_reason": "error"})
    with serving(Raw(stream)) as server, pytest.raises(ProviderFailed, match="ended with an error"):
        asked("relay", server.url, Account(None))


@pytest.mark.parametrize("price", [0.0, 5e-324, 1e-310, 1e9])
def test_a_limit_is_kept_at_any_price_that_can_be(price: float) -> None:
    model = replace(MODELS["relay"], usd_input=price, usd_output=price)
    account = Account(1e8, 10**11)
    asked_for = replace(request("relay"), model=model)
    assert account.reserve(asked_for).output_tokens == asked_for.max_output_tokens
    with pytest.raises(BudgetSpent):
        Account(1e8, 100).reserve(asked_for)
