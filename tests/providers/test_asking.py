"""``ask`` with the real SDKs against a real HTTP server."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from doors import KEY, MODELS, REDACT, door, keys_for, request
from kernelagent.contract.result import Cost
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers import asking
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ATTEMPTS, ask
from kernelagent.driver.providers.exchange import Reply
from kernelagent.driver.providers.failures import failure_of
from kernelagent.driver.providers.hearing import LONGEST_REPLY
from kernelagent.driver.providers.ledger import Ledger, Spending
from kernelagent.driver.providers.logged import redacted_log
from kernelagent.driver.providers.secrets import Keyring, Place, Redactor
from kernelagent.driver.providers.table import open_provider
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import BadConfiguration, Cancelled, ConnectionLost, KernelAgentError, RequestRefused
from model_server import ABROAD, Act, Flood, Hang, Noise, Reset, Say, Status, serving

DOORS = list(MODELS)
CODE = "Here you are:\n```python\nx = 'ü'\n```\n" + "# more\n" * 200


def asked(name: str, url: str, **given: object) -> Reply:
    return ask(door(name, url), request(name, **given), cancel=CancelToken(), redact=REDACT)


@pytest.mark.parametrize("name", DOORS)
def test_text_and_tokens_come_back_whole(name: str) -> None:
    pieces: list[str] = []
    with serving(Say(CODE)) as server:
        reply = ask(
            door(name, server.url),
            request(name),
            cancel=CancelToken(),
            redact=REDACT,
            on_text=lambda sample, text: pieces.append(text),
        )
    (sample,) = reply.samples
    assert sample.text == CODE == "".join(pieces)
    assert sample.finish == "stop"
    assert len(pieces) > 1, "it was streamed"
    assert reply.usage == Usage(1000, 600, 500)
    assert reply.attempts == 1


@pytest.mark.parametrize("name", DOORS)
def test_what_is_sent_is_what_the_api_takes(name: str) -> None:
    with serving(Say("x")) as server:
        asked(name, server.url, temperature=0.3, effort="high")
    (seen,) = server.seen
    body = seen.body
    assert body["model"] == "m"
    assert body["stream"] is True
    assert "You write kernels." in seen.text
    assert name == "anthropic" or "A ReLU, please." in seen.text
    assert KEY in seen.headers.get("authorization", "") + seen.headers.get("x-api-key", "")
    assert KEY not in seen.text
    assert {"openai responses": body.get("max_output_tokens"), "openai chat": body.get("max_completion_tokens")}.get(
        name, body.get("max_tokens")
    ) == 2048
    assert ("temperature" in body) == MODELS[name].takes_temperature
    effort = {
        "openai responses": body.get("reasoning", {}).get("effort"),
        "anthropic": body.get("output_config", {}).get("effort"),
    }
    assert effort.get(name, body.get("reasoning_effort")) == ("high" if MODELS[name].takes_effort else None)
    if name == "anthropic":
        shared, own = body["messages"][0]["content"]
        assert shared == {"type": "text", "text": "A ReLU, ", "cache_control": {"type": "ephemeral"}}
        assert own == {"type": "text", "text": "please."}
    if name == "openai responses":
        assert body["store"] is False


@pytest.mark.parametrize("name", DOORS)
def test_several_samples(name: str) -> None:
    with serving(Say(CODE)) as server:
        reply = asked(name, server.url, samples=3)
    assert [sample.text for sample in reply.samples] == [CODE] * 3
    assert len(server.seen) == (1 if name == "openai chat" else 3)
    assert reply.usage.output_tokens == 500 * len(server.seen)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("finish", ["length", "refusal"])
def test_why_it_ended(name: str, finish: str) -> None:
    with serving(Say("I would rather", finish)) as server:
        assert asked(name, server.url).samples[0].finish == finish


FAILURES: dict[str, tuple[Act, str, int]] = {
    "a wrong key": (Status(401, f"Incorrect API key provided: {KEY}"), "KeyRejected", 1),
    "no such model": (Status(404, "no model m"), "RequestRefused", 1),
    "a bad request": (Status(400, "too long"), "RequestRefused", 1),
    "its own failure": (Status(500), "ProviderFailed", ATTEMPTS),
    "overloaded": (Status(529), "ProviderFailed", ATTEMPTS),
    "a limit": (Status(429, "slow down", {"retry-after": "0.05"}), "RateLimited", ATTEMPTS),
    "a limit until no day": (
        Status(429, "x", {"retry-after": "Wed, 21 Oct 99999 07:28:00 GMT"}),
        "RateLimited",
        ATTEMPTS,
    ),
    "a limit for an hour": (Status(429, "tomorrow", {"retry-after": "3600"}), "RateLimited", 1),
    "reset": (Reset("Here"), "ConnectionLost", ATTEMPTS),
    "noise": (Noise(), "UnusableReply", 1),
    "a flood": (Flood(), "UnusableReply", 1),
}


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("failure", FAILURES)
def test_each_failure_has_its_class_and_is_tried_again_where_that_helps(name: str, failure: str) -> None:
    act, code, attempts = FAILURES[failure]
    account = Account(None)
    with serving(act) as server, pytest.raises(KernelAgentError) as caught:
        ask(door(name, server.url), request(name), cancel=CancelToken(), redact=REDACT, account=account)
    assert (account.cost == Cost()) == isinstance(act, Status), "what is refused is not paid for"
    assert caught.value.code == code, caught.value.message
    assert len(server.seen) == attempts
    assert KEY not in caught.value.message + caught.value.remedy + caught.value.details
    assert server.wait_until_closed()


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_too_long_is_told(name: str, status: int) -> None:
    with serving(Status(status, "busy", {"retry-after": "3600"})) as server, pytest.raises(KernelAgentError) as caught:
        asked(name, server.url)
    assert caught.value.message.endswith("The server asks to wait 3600 s.")
    assert "after that time" in caught.value.remedy
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("seconds", "told"), [(1800, "1800 s"), (7200, "2 hours"), (4 * 86400, "4 days"), (1e300, "more than a year")]
)
def test_a_long_wait_is_told_in_its_unit(seconds: float, told: str) -> None:
    assert asking._long(seconds) == told
    assert asking._long(float("inf")) == "more than a year"


@pytest.mark.parametrize("name", DOORS)
def test_it_recovers(name: str) -> None:
    bad: tuple[Act, ...] = (Status(429, "x", {"retry-after": "0.3"}), Status(503), Reset("Here"))
    started = time.monotonic()
    with serving(*bad, Say(CODE)) as server:
        reply = asked(name, server.url)
    assert reply.samples[0].text == CODE, "what came before the reset is not part of it"
    assert reply.attempts == 4
    assert time.monotonic() - started > 0.3, "Retry-After was honoured"


@pytest.mark.parametrize("name", DOORS)
def test_nobody_answers_at_the_address(name: str) -> None:
    with serving(Say("x")) as server:
        url = server.url
    with pytest.raises(KernelAgentError) as caught:
        asked(name, url)
    assert caught.value.code == "ConnectionLost"


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("act", [Hang(), Say(CODE * 50, pause_s=0.2)], ids=["hangs", "slow"])
def test_cancelling_closes_the_connection(name: str, act: Act) -> None:
    token = CancelToken()
    threading.Timer(1.5, token.cancel).start()
    with serving(act) as server:
        with pytest.raises(Cancelled):
            ask(door(name, server.url), request(name), cancel=token, redact=REDACT)
        assert len(server.seen) == 1, "it was on its way when it was cancelled"
        assert server.wait_until_closed(1.0)


@pytest.mark.parametrize("name", DOORS)
def test_it_takes_no_longer_than_it_may(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.ATTEMPTS", 1)
    with serving(Say(CODE * 50, pause_s=0.1)) as server:
        with pytest.raises(KernelAgentError) as caught:
            asked(name, server.url, timeout_s=0.6)
        assert caught.value.code == "ProviderTimedOut"
        assert server.wait_until_closed()


@pytest.mark.parametrize("name", DOORS)
def test_a_loop_may_be_running_where_it_is_asked(name: str) -> None:
    """As in a notebook's cell, or any ``async def``."""

    async def cell(url: str) -> Reply:
        return asked(name, url)

    with serving(Say(CODE)) as server:
        assert asyncio.run(cell(server.url)).samples[0].text == CODE


def test_an_interrupt_of_the_one_who_waits_closes_the_connection() -> None:
    def interrupt() -> None:
        while not server.seen:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with serving(Hang()) as server:
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            asked("relay", server.url)
        assert server.wait_until_closed(1.0)


def test_cancelled_before_it_began() -> None:
    token = CancelToken()
    token.cancel()
    with serving(Say("x")) as server:
        with pytest.raises(Cancelled):
            ask(door("relay", server.url), request("relay"), cancel=token, redact=REDACT)
        assert server.seen == []


def test_the_longest_reply_is_far_longer_than_a_kernel() -> None:
    with serving(Say("x" * (LONGEST_REPLY // 2))) as server:
        assert len(asked("relay", server.url).samples[0].text) == LONGEST_REPLY // 2


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("place", ["the environment", "a file"])
def test_headers_of_the_environment_go_to_the_vendor_alone(
    name: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(variable, "made-up-of-mine")
    for variable in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(variable, "X-Gateway: made-up-of-mine")
    with serving(Say("x")) as server:
        (given,) = keys_for(server.url).places
        places = (given,) if place == "the environment" else (Place("the environment", {}), given)
        provider = open_provider(MODELS[name], Keyring(places))
        ask(provider, request(name), cancel=CancelToken(), redact=REDACT)
    mine = [header for header, value in server.seen[0].headers.items() if "made-up-of-mine" in value]
    assert bool(mine) == (name != "relay" and place == "the environment")


@pytest.mark.parametrize("name", DOORS)
def test_the_proxy_of_the_environment_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Say(CODE)) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.setenv("http_proxy", server.url)
        reply = asked(name, "http://models.invalid")
    assert reply.samples[0].text == CODE
    assert server.seen[0].headers["host"] == "models.invalid"


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_not_asked_through_a_proxy(name: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Say(CODE)) as server, serving(Say("from the proxy")) as proxy:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, proxy.url)
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        reply = asked(name, server.url.replace("127.0.0.1", host))
    assert reply.samples[0].text == CODE
    assert not proxy.seen


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("code", [301, 307, 308])
def test_a_redirect_is_not_followed(name: str, code: int) -> None:
    with serving(Say("from elsewhere")) as elsewhere:
        path = {"openai responses": "/v1/responses", "anthropic": "/v1/messages"}.get(name, "/v1/chat/completions")
        with serving(Status(code, "moved", {"location": elsewhere.url + path})) as server:
            with pytest.raises(RequestRefused, match=str(code)):
                asked(name, server.url)
            assert len(server.seen) == 1
        assert not elsewhere.seen


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("query", ["token=t-1&x=2", "t0ken-alone", "x=1&x=2&empty=&sig=a%2Bb%3D", "plus=a+b"])
def test_the_query_of_an_address_stays_its_query(name: str, query: str) -> None:
    with serving(Say(CODE)) as server:
        (given,) = keys_for(server.url).places
        values = {k: f"{v}?{query}" if k.endswith("_URL") else v for k, v in given.values.items()}
        provider = open_provider(MODELS[name], Keyring((Place("the test", values),)))
        ask(provider, request(name), cancel=CancelToken(), redact=REDACT)
    assert server.seen[0].query == query


@pytest.mark.parametrize("name", DOORS)
def test_an_address_that_the_http_client_does_not_take_costs_nothing(name: str) -> None:
    """By its own rules: here a name that is none by IDNA."""
    account = Account(None)
    with pytest.raises(BadConfiguration, match="_URL is not an address"):
        ask(door(name, "http://\u2024.invalid"), request(name), cancel=CancelToken(), redact=REDACT, account=account)
    assert account.cost == Cost()


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("query", ["api-key=q-1", "t0ken-alone"])
def test_what_is_logged_meanwhile_has_no_secret(name: str, query: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with serving(Say(CODE)) as server:
        address = server.url.replace("://", "://bob:hunter2@")
        (given,) = keys_for(address).places
        values = {k: f"{v}?{query}" if k.endswith("_URL") else v for k, v in given.values.items()}
        keys = Keyring((Place("the test", values),))
        ask(open_provider(MODELS[name], keys), request(name), cancel=CancelToken(), redact=Redactor.of(keys))
    assert server.seen[0].query == query
    said = [record.getMessage() for record in caplog.records]
    assert any("POST http://[redacted]@127.0.0.1" in line for line in said), "it is logged"
    for secret in ("hunter2", query.rpartition("=")[2], KEY):
        assert secret not in caplog.text
    logging.getLogger("httpx2").info("GET http://127.0.0.1/?api-key=%s", "q-1")
    assert "q-1" in caplog.text, "what others log is theirs"


def test_a_traceback_that_is_logged_meanwhile_has_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with redacted_log(REDACT):
        try:
            raise ValueError(f"the header was Bearer {KEY}")
        except ValueError:
            logging.getLogger("made.just.now").exception("%s fits %d arguments", KEY, "no")
    assert "Traceback" in caplog.text
    assert KEY not in caplog.text


class Group(Exception):
    exceptions = (OverflowError("far too large"),)


def test_what_was_never_sent_is_not_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised before, and however the attempt ends: here by a name that takes long to be looked up, and by
    a library that cannot make the request."""
    account, token = Account(None), CancelToken()
    begun = threading.Event()

    async def looked_up(*given: object, **more: object) -> None:
        begun.set()
        await asyncio.sleep(30)

    async def fails(*given: object, **more: object) -> None:
        raise Group

    def try_it() -> None:
        ask(door("relay", f"http://{ABROAD}:9"), request("relay"), cancel=token, redact=REDACT, account=account)

    def full(*given: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as no_loop:
        no_loop.setattr("asyncio.new_event_loop", full)
        with pytest.raises(ConnectionLost, match="Too many open files"):
            try_it()
    monkeypatch.setattr("httpcore2._async.connection.AsyncHTTPConnection._connect", fails)
    with pytest.raises(ConnectionLost, match="nothing could be sent to relay: OverflowError: far too large"):
        try_it()
    monkeypatch.setattr("httpcore2._async.connection.AsyncHTTPConnection._connect", looked_up)
    threading.Thread(target=lambda: begun.wait(20) and token.cancel(), daemon=True).start()
    with pytest.raises(Cancelled):
        try_it()
    assert account.cost == Cost()


@pytest.mark.parametrize("code", [407, 500])
def test_what_a_proxy_says_of_its_password_is_not_told(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    basic = base64.b64encode(b"alice:proxyPASSWORD99").decode()
    with serving(Status(code, f"alice:proxyPASSWORD99 rejected, Basic {basic}")) as proxy:
        monkeypatch.delenv("NO_PROXY", raising=False)
        for variable in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(variable, proxy.url.replace("://", "://alice:proxyPASSWORD99@"))
        keys = Keyring((*keys_for("http://models.invalid").places, Place("the environment", os.environ)))
        with pytest.raises(KernelAgentError, match="rejected") as caught:
            ask(
                open_provider(MODELS["relay"], keys),
                request("relay"),
                cancel=CancelToken(),
                redact=Redactor.of(keys),
            )
    assert proxy.seen
    told = caught.value.message + caught.value.remedy
    assert "proxyPASSWORD99" not in told
    assert basic not in told


def test_a_file_without_certificates_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "own-ca.pem"
    empty.write_text("", encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    with serving(Say("x")) as server, pytest.raises(BadConfiguration, match=r"own-ca\.pem"):
        asked("relay", server.url)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "socks5://me:s3cretpw@127.0.0.4:9", "ALL_PROXY.*socksio"),
        ("ALL_PROXY", "socks4://127.0.0.4:9", "ALL_PROXY begins with socks4://"),
        ("HTTPS_PROXY", "http://me:s3cret pw@proxy:abc", "HTTPS_PROXY is not an address"),
        ("HTTP_PROXY", "http://me:s3cretpw@127.0.0.4:99999", "HTTP_PROXY is not an address"),
        ("all_proxy", "me:s3cretpw@proxy..example:80", "all_proxy is not an address"),
        ("https_proxy", "http://192.168.1.256:3128", "https_proxy is not an address"),
    ],
)
def test_a_proxy_that_cannot_be_is_named_and_costs_nothing(
    variable: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    account = Account(None, ledger=Ledger(tmp_path))
    with pytest.raises(BadConfiguration, match=words) as refused:
        ask(
            door("relay", "https://api.example.invalid"),
            request("relay"),
            cancel=CancelToken(),
            redact=REDACT,
            account=account,
        )
    assert "s3cret" not in refused.value.message
    assert account.cost == Cost()
    assert Ledger(tmp_path).today() == Spending(), "no seconds either"


@pytest.mark.parametrize(
    ("act", "words", "remedy"),
    [
        (Status(402, "Insufficient Balance"), "Insufficient Balance", "no credit"),
        (Status(404, "no such page"), "no such page", "/v1"),
        (
            Status(308, "moved", {"location": "https://other.example/v1?token=t0ken"}),
            "to https://other.example/v1,",
            "https",
        ),
        (Status(302, "moved", {"location": "http://[somewhere/v1"}), "elsewhere", "https"),
    ],
)
def test_the_remedy_is_that_of_the_status(act: Act, words: str, remedy: str) -> None:
    with serving(act) as server, pytest.raises(RequestRefused, match=words) as refused:
        asked("relay", server.url)
    assert remedy in refused.value.remedy
    assert "t0ken" not in refused.value.message


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("openai responses", "OPENAI_BASE_URL, which mostly ends in /v1"),
        ("openai chat", "OPENAI_BASE_URL, which mostly ends in /v1"),
        ("anthropic", "ANTHROPIC_BASE_URL, to which /v1/messages is added"),
        ("relay", "LLM_RELAY_URL, which mostly ends in /v1"),
    ],
)
@pytest.mark.parametrize("code", [404, 405])
def test_the_remedy_for_an_address_is_that_of_the_api(name: str, code: int, remedy: str) -> None:
    with serving(Status(code, "no such page")) as server, pytest.raises(RequestRefused) as refused:
        asked(name, server.url)
    assert remedy in refused.value.remedy


def test_a_certificate_that_is_not_trusted_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "k.pem",
            "-out",
            "c.pem",
            "-subj",
            "/CN=x",
            "-addext",
            f"subjectAltName=IP:{ABROAD}",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("there is no openssl to make a certificate with")
    connections = 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    with socket.create_server((ABROAD, 0)) as listener:

        def take() -> None:
            nonlocal connections
            with contextlib.suppress(OSError):
                while True:
                    raw, _ = listener.accept()
                    connections += 1
                    with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True):
                        pass

        threading.Thread(target=take, daemon=True).start()
        with pytest.raises(ConnectionLost, match="not trusted") as refused:
            asked("relay", f"https://{ABROAD}:{listener.getsockname()[1]}")
    assert "SSL_CERT_FILE" in refused.value.remedy
    assert connections == 1


def test_a_folder_of_certificates_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    with serving(Say(CODE)) as server:
        assert asked("relay", server.url).samples[0].text == CODE


@pytest.mark.parametrize("name", DOORS)
def test_what_a_server_says_cannot_rule_a_terminal(name: str) -> None:
    rude = Status(400, "bad \x1b[2J VERIFIED \x1b]52;c;aGk=\x07")
    with serving(rude) as server, pytest.raises(RequestRefused) as refused:
        asked(name, server.url)
    assert "\\x1b]52;c;aGk=\\x07" in refused.value.message
    assert refused.value.message.isprintable()


LOOKED_UP_FOR_LONG = """
import socket, sys, threading, time
from doors import MODELS, REDACT, door, request
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.asking import ask
from kernelagent.errors import Cancelled

cancel = CancelToken()


def look_up(*_, **__):
    threading.Thread(target=cancel.cancel).start()
    time.sleep(60)


socket.getaddrinfo = look_up
try:
    ask(door("relay", "http://slow.example"), request("relay"), cancel=cancel, redact=REDACT)
except Cancelled:
    sys.exit(7)
"""


def test_a_program_ends_though_a_name_is_still_being_looked_up() -> None:
    """Its resolver may take half a minute, and it is then that people press Ctrl-C."""
    places = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", LOOKED_UP_FOR_LONG]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": places}, timeout=40, check=False)
    assert done.returncode == 7


@pytest.mark.parametrize(("words", "is_tried_again"), [("403 Forbidden by policy", False), ("503 Busy", True)])
def test_a_refusal_of_a_proxy_is_not_transient(words: str, is_tried_again: bool) -> None:
    class ProxyError(Exception):
        pass

    class APIConnectionError(Exception):
        pass

    lost = APIConnectionError("Connection error.")
    lost.__cause__ = ProxyError(words)
    failure = failure_of(lost, "openai")
    assert failure.may_pass is is_tried_again
    assert words in failure.error.message
