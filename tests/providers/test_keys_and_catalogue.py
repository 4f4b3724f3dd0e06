"""Where keys and models come from, what is taken out of texts, and what a run may cost."""

from __future__ import annotations

import base64
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doors import KEY, MODELS, door, request
from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost
from kernelagent.driver.agents.author import open_author, provider_with
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.asking import ask
from kernelagent.driver.providers.catalogue import BUILT_IN, Model, catalogue, choose
from kernelagent.driver.providers.connection import endpoint, relay_endpoint
from kernelagent.driver.providers.consent import require_consent
from kernelagent.driver.providers.dotenv import LONGEST, read_dotenv
from kernelagent.driver.providers.exchange import Message, Request
from kernelagent.driver.providers.ledger import DayLimit, Ledger, day_limit
from kernelagent.driver.providers.scripted import Scripted
from kernelagent.driver.providers.secrets import Redactor, keyring
from kernelagent.driver.providers.table import choose_model, open_provider, readiness
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import BadConfiguration, BadOption, BudgetSpent, ConsentNeeded, ProviderNotConfigured


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    return tmp_path / "model.py"


def test_a_dotenv_is_read_for_the_names_that_it_may_set(here: Path) -> None:
    lines = [
        f"export OPENAI_API_KEY='{KEY}'  # mine",
        'LLM_RELAY_URL = "http://127.0.0.1:9"',
        "ANTHROPIC_API_KEY=your-api-key-here",
        "PATH=/nowhere",
        "not a line",
    ]
    (here.parent / ".env").write_text("\n".join(lines), encoding="utf-8")
    keys = keyring(here, {})
    assert keys.get("OPENAI_API_KEY") == KEY
    assert keys.get("LLM_RELAY_URL") == "http://127.0.0.1:9"
    assert keys.get("ANTHROPIC_API_KEY") is None, "a placeholder is no key"
    assert keys.get("PATH") is None
    assert keyring(here, {"OPENAI_API_KEY": "other-key"}).get("OPENAI_API_KEY") == "other-key"
    assert KEY not in repr(keys)


@pytest.mark.parametrize("value", ["your-api-key-here", "sk-...", "sk-ant-..."])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_placeholder_in_the_environment_is_no_key(here: Path, provider: str, value: str) -> None:
    name = f"{provider.upper()}_API_KEY"
    keys = keyring(here, {name: value, "OTHER": value})
    assert keys.get(name) is None
    for entry in readiness(here, keys):
        assert not entry.usable
        assert entry.model.provider != provider or f"{name}, which is not set" in entry.why_not
    (here.parent / ".env").write_text(f"{name}={KEY}", encoding="utf-8")
    assert keyring(here, {name: value}).get(name) == KEY, "what is set elsewhere counts"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("OPENAI_API_KEY=sk-with#hash-in-the-key", "sk-with#hash-in-the-key"),
        ("OPENAI_API_KEY=sk-with#hash  # mine", "sk-with#hash"),
        ("OPENAI_API_KEY=sk-with#hash\t#mine", "sk-with#hash"),
        ("OPENAI_API_KEY='sk # 1'  # mine", "sk # 1"),
        ('OPENAI_API_KEY="sk#1"', "sk#1"),
        ("OPENAI_API_KEY= # none", None),
        ("OPENAI_API_KEY=", None),
        ("  export OPENAI_API_KEY = two words  ", "two words"),
        ("OPENAI_API_KEY=a=b", "a=b"),
        ("# OPENAI_API_KEY=sk", None),
        (r'OPENAI_API_KEY="sk-\"b\"\\"', 'sk-"b"\\'),
        (r"OPENAI_API_KEY='sk-\'b\n'", r"sk-'b\n"),
        ("'OPENAI_API_KEY'=sk-a", "sk-a"),
        ('OTHER="over\nOPENAI_API_KEY=sk-b\nlines"  # and\nOPENAI_API_KEY=sk-a', "sk-a"),
        ('OTHER="over\nOPENAI_API_KEY=sk-b\nlines"', None),
        ("OTHER='never closed\nOPENAI_API_KEY=sk-a", "sk-a"),
        ("OPENAI_API_KEY\nset OPENAI_API_KEY=sk-b", None),
        ("TEAM=sk-team\nOPENAI_API_KEY=${TEAM}-1", "sk-team-1"),
        ("TEAM='sk-team'\nOPENAI_API_KEY=\"${TEAM}\"", "sk-team"),
        ("OPENAI_API_KEY=${TEAM:-sk-ours}", "sk-ours"),
        ("A=sk-a\nB=${A}${A}\nOPENAI_API_KEY=$A ${B}", "$A sk-ask-a"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "with a mark of its encoding"])
def test_how_a_line_of_a_dotenv_is_read(here: Path, line: str, value: str | None, mark: str) -> None:
    (here.parent / ".env").write_text(f"{mark}{line}\n", encoding="utf-8")
    assert keyring(here, {}).get("OPENAI_API_KEY") == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"OPENAI_API_KEY={KEY}\n".encode("utf-16"), "UTF-8"),
        (f'A=1\nOPENAI_API_KEY="{KEY}\n'.encode(), "line 2: the value of OPENAI_API_KEY"),
        (f"OPENAI_API_KEY='{KEY}' 'more'\n".encode(), "OPENAI_API_KEY"),
        (f"# keys\nOPENAI_API_KEY: {KEY}\n".encode(), "line 2: the value of OPENAI_API_KEY"),
        (f"export OPENAI_API_KEY {KEY}\n".encode(), "line 1: the value of OPENAI_API_KEY"),
        (f"A='1\n2'\nOPENAI_API_KEY={KEY}${{HOME}}\nHOME=1\n".encode(), "line 3: the value of OPENAI_API_KEY"),
        (
            b"A=sk\n" + b"A=${A}${A}${A}\n" * 40 + b"OPENAI_API_KEY=${A}",
            "line 42: the value of OPENAI_API_KEY",
        ),
    ],
)
def test_a_dotenv_that_cannot_be_read_is_said(here: Path, content: bytes, words: str) -> None:
    (here.parent / ".env").write_bytes(content)
    with pytest.raises(BadConfiguration, match=words) as caught:
        keyring(here, {})
    assert KEY not in caught.value.message
    (here.parent / ".env").write_text(f"TEAM={KEY}\n" * 2 + "OPENAI_API_KEY=${TEAM}" * (LONGEST // 30), "utf-8")
    with pytest.raises(BadConfiguration, match="line 3"):
        keyring(here, {})
    (here.parent / ".env").write_text("OTHER='never closed\n", encoding="utf-8")
    assert keyring(here, {}).get("OTHER") is None


def test_a_dotenv_that_is_not_for_this_user_is_none(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is named. ``access`` is asked because permissions do not bind whoever runs the tests as root."""
    theirs = here.parent / ".env"
    theirs.write_text(f"OPENAI_API_KEY={KEY}", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != theirs)
    assert keyring(here, {}).get("OPENAI_API_KEY") is None
    (here.parent / "folder").mkdir()
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read_dotenv(here.parent / "folder", ["OPENAI_API_KEY"])


def test_another_file_can_be_chosen(here: Path) -> None:
    (here.parent / "pyproject.toml").write_text('[tool.kernelagent]\nenv-file = "keys.env"\n', encoding="utf-8")
    with pytest.raises(BadConfiguration, match=r"keys\.env"):
        keyring(here, {})
    (here.parent / "keys.env").write_text(f"OPENAI_API_KEY={KEY}", encoding="utf-8")
    assert keyring(here, {}).get("OPENAI_API_KEY") == KEY


@pytest.mark.parametrize("provider", ["OPENAI", "ANTHROPIC"])
def test_a_repository_cannot_lead_the_key_of_the_environment_elsewhere(here: Path, provider: str) -> None:
    (here.parent / ".env").write_text(f"{provider}_BASE_URL=http://evil.example/v1\n", encoding="utf-8")
    keys = keyring(here, {f"{provider}_API_KEY": KEY})
    model = choose_model(here, "openai" if provider == "OPENAI" else "anthropic", None, keys)
    assert "evil" not in open_provider(model, keys).destination


def test_the_models_of_a_project(here: Path) -> None:
    table = '[tool.kernelagent.models."my-model"]\nprovider = "relay"\nusd-input = 1\nusd-output = 2.5\n'
    table += '[tool.kernelagent.models."gpt-5"]\nusd-input = 3.0\n'
    (here.parent / "pyproject.toml").write_text(table, encoding="utf-8")
    models = catalogue(here)
    mine = choose(models, "relay", None)
    assert (mine.name, mine.api, mine.usd_output, mine.priced) == ("my-model", "chat", 2.5, True)
    assert [model.name for model in models].count("gpt-5") == 1
    assert choose(models, "openai", "gpt-5").usd_input == 3.0
    assert choose(models, "openai", "gpt-4o") == Model("gpt-4o", "openai", "responses")
    assert {model.name for model in BUILT_IN} < {model.name for model in models}


def test_a_project_makes_no_listed_model_cheaper(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    mine = tmp_path / "config" / "kernelagent" / "config.toml"
    mine.parent.mkdir(parents=True)
    table = '[tool.kernelagent.models."gpt-5"]\nusd-input = 0\nusd-cached = 0.0\nusd-output = 99.0\n'
    (here.parent / "pyproject.toml").write_text(table, encoding="utf-8")
    found = choose(catalogue(here), "openai", "gpt-5")
    assert (found.usd_input, found.usd_cached, found.usd_output) == (1.25, 0.125, 99.0)
    mine.write_text('[models."gpt-5"]\nusd-input = 0.5\nusd-output = 2\n[models.ours]\nprovider = "relay"\n', "utf-8")
    found = choose(catalogue(here), "openai", "gpt-5")
    assert (found.usd_input, found.usd_output) == (0.5, 2), "the user's own word stands"
    assert [model.name for model in catalogue(here)].count("gpt-5") == 1
    assert choose(catalogue(here), "relay", None).name == "ours"


def test_of_two_limits_of_a_day_the_smaller_one_holds(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    mine = tmp_path / "config" / "kernelagent" / "config.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text("[budget]\nusd-per-day = 5\ntokens-per-day = 1000\n", encoding="utf-8")
    assert day_limit(here) == DayLimit(usd=5.0, tokens=1000)
    text = "[tool.kernelagent.budget]\nusd-per-day = 50\ntokens-per-day = 10\nseconds-per-day = 7\n"
    (here.parent / "pyproject.toml").write_text(text, encoding="utf-8")
    assert day_limit(here) == DayLimit(usd=5.0, tokens=10, seconds=7.0)
    for value in ("inf", "nan", "-1", f"{10**400}"):
        mine.write_text(f"[budget]\nusd-per-day = {value}\n", encoding="utf-8")
        with pytest.raises(BadConfiguration, match="usd-per-day"):
            day_limit(here)
    mine.write_text("[budget]\nusd = 5\n", encoding="utf-8")
    with pytest.raises(BadConfiguration, match=r"config\.toml.*usd-per-day"):
        day_limit(here)


@pytest.mark.parametrize(
    "line",
    [
        'provider = "nobody"',
        "usd-input = 1",
        'provider = "relay"\napi = "messages"',
        'provider = "relay"\nusd-input = -1',
        'provider = "relay"\nusd-cached = inf',
        'provider = "relay"\nusd-output = nan',
        'provider = "relay"\nusd-input = 1e308',
        'provider = "relay"\nmax-output-tokens = 0.5',
        f'provider = "relay"\nmax-output-tokens = {10**400}',
        'provider = "relay"\ncolour = "red"',
    ],
)
def test_a_model_that_cannot_be(here: Path, line: str) -> None:
    (here.parent / "pyproject.toml").write_text(f'[tool.kernelagent.models."mine"]\n{line}\n', encoding="utf-8")
    with pytest.raises(BadConfiguration, match="mine"):
        catalogue(here)


@pytest.mark.parametrize("name", ["", " "])
def test_a_model_without_a_name_cannot_be(here: Path, name: str) -> None:
    text = f'[tool.kernelagent.models."{name}"]\nprovider = "relay"\n'
    (here.parent / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration, match="no name"):
        catalogue(here)


def test_a_provider_without_a_model_of_its_own_asks_for_one(here: Path) -> None:
    with pytest.raises(BadOption):
        choose_model(here, "relay", None, keyring(here, {}))
    assert choose_model(here, "openai", None, keyring(here, {"OPENAI_MODEL": "o4-mini"})).name == "o4-mini"


@pytest.mark.parametrize(
    ("name", "given", "provider"),
    [
        ("gpt-5", {"OPENAI_API_KEY": KEY}, "openai"),
        ("gpt-5", {"OPENAI_API_KEY": KEY, "LLM_RELAY_URL": "http://127.0.0.1:9"}, "openai"),
        ("gpt-5", {"LLM_RELAY_URL": "http://127.0.0.1:9"}, "relay"),
        ("gpt-5", {}, "openai"),
        ("gpt-77-turbo", {"OPENAI_API_KEY": KEY}, "openai"),
        ("o9", {"OPENAI_API_KEY": KEY}, "openai"),
        ("claude-sonnet-4-20250514", {"ANTHROPIC_API_KEY": KEY}, "anthropic"),
        ("claude-none-such", {"ANTHROPIC_API_KEY": KEY}, "anthropic"),
        ("claude-none-such", {"LLM_RELAY_URL": "http://127.0.0.1:9"}, "relay"),
        ("gcp-claude-4-sonnet", {"ANTHROPIC_API_KEY": KEY}, "relay"),
        ("oil", {"OPENAI_API_KEY": KEY}, "relay"),
    ],
)
def test_who_is_asked_for_a_model(here: Path, name: str, given: dict[str, str], provider: str) -> None:
    assert provider_with(here, name, keyring(here, given)) == provider


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/certificates.pem"),
        ("HTTPS_PROXY", "ftp://proxy.example"),
        ("LLM_RELAY_TIMEOUT_S", "abc"),
    ],
)
def test_what_no_request_could_be_sent_with_is_not_usable(
    name: str, value: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    given = {"LLM_RELAY_URL": "http://relay.example/v1"}
    whole = {entry.model.provider: entry for entry in readiness(here, keyring(here, given))}
    monkeypatch.setenv(name, value)
    found = {entry.model.provider: entry for entry in readiness(here, keyring(here, {**given, name: value}))}
    assert set(found) == set(whole)
    for provider, entry in found.items():
        if provider == "relay":
            assert whole[provider].usable
            assert not entry.usable
            assert name in entry.why_not


def test_readiness_says_what_is_missing(here: Path) -> None:
    found = {entry.model.provider: entry for entry in readiness(here, keyring(here, {"OPENAI_API_KEY": KEY}))}
    assert found["openai"].usable
    assert not found["anthropic"].usable
    assert "ANTHROPIC_API_KEY" in found["anthropic"].why_not


def test_an_sdk_that_is_missing_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.table.find_spec", lambda name: None)
    with pytest.raises(ProviderNotConfigured, match="openai is not installed"):
        open_provider(BUILT_IN[0], keyring(here, {"OPENAI_API_KEY": KEY}))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:11434", "must begin with http"),
        ("ftp://127.0.0.1/v1", "must begin with http"),
        ("http://127.0.0.1:99999/v1", "no such host or port"),
        ("http://127.0.0.1:0/v1", "no such host or port"),
        ("http://127.0.0.1:abc/v1", "no such host or port"),
        ("http://[::1/v1", "no such host or port"),
        ("http://[::g]/v1", "no such host or port"),
        ("http:///v1", "no such host or port"),
        ("http://a..b/v1", "no such host or port"),
        ("http://my host/v1", "no such host or port"),
        ("http://192.168.1.256:8000/v1", "no such host or port"),
        ("http://10.0.0.1234/v1", "no such host or port"),
        ("http://127.0.0.1/v1\n2", "no such host or port"),
    ],
)
@pytest.mark.parametrize(
    ("name", "variable"),
    [("relay", "LLM_RELAY_URL"), ("openai chat", "OPENAI_BASE_URL"), ("anthropic", "ANTHROPIC_BASE_URL")],
)
def test_an_address_must_be_one(here: Path, name: str, variable: str, address: str, words: str) -> None:
    keys = keyring(here, {variable: address, "OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY})
    with pytest.raises(BadConfiguration, match=f"{variable}.*{words}") as refused:
        open_provider(MODELS[name], keys)
    assert f"Set {variable} to http://HOST" in refused.value.remedy
    found = {entry.model.provider: entry for entry in readiness(here, keys)}
    other = "anthropic" if name != "anthropic" else "openai"
    assert found[other].usable
    if name != "relay":
        assert variable in found[name.split(maxsplit=1)[0]].why_not


@pytest.mark.parametrize(
    "address", ["http://[::1]:8000/v1", "http://127.0.0.1", "https://user:p%40w@gate.example:8443/a/v1?key=x y"]
)
def test_addresses_of_every_kind_are_taken(here: Path, address: str) -> None:
    open_provider(MODELS["relay"], keyring(here, {"LLM_RELAY_URL": address}))


@pytest.mark.parametrize(
    ("name", "variable", "address", "base"),
    [
        ("anthropic", "ANTHROPIC_BASE_URL", "http://a.example/v1", "http://a.example"),
        ("anthropic", "ANTHROPIC_BASE_URL", " http://a.example/v1/ ", "http://a.example"),
        ("anthropic", "ANTHROPIC_BASE_URL", "http://a.example/gate/v1?key=1", "http://a.example/gate"),
        ("anthropic", "ANTHROPIC_BASE_URL", "http://a.example/v1/v1", "http://a.example/v1"),
        ("anthropic", "ANTHROPIC_BASE_URL", "http://a.example/gatev1", "http://a.example/gatev1"),
        ("anthropic", "ANTHROPIC_BASE_URL", "http://a.example/", "http://a.example/"),
        ("anthropic", "ANTHROPIC_BASE_URL", "\t", "https://api.anthropic.com"),
        ("openai", "OPENAI_BASE_URL", " http://a.example/v1\t", "http://a.example/v1"),
        ("openai", "OPENAI_BASE_URL", "  ", "https://api.openai.com/v1"),
        ("relay", "LLM_RELAY_URL", " http://a.example \n", "http://a.example/v1"),
        ("relay", "LLM_RELAY_URL", "http://a.example/v1 ", "http://a.example/v1"),
    ],
)
def test_an_address_as_the_sdk_wants_it(here: Path, name: str, variable: str, address: str, base: str) -> None:
    keys = keyring(here, {variable: address, "OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY})
    default = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
    where = relay_endpoint(keys) if name == "relay" else endpoint(keys, name, default[name])
    assert where.base_url == base


def test_redaction(here: Path) -> None:
    redact = Redactor.of(keyring(here, {"HF_TOKEN": "hf_secret_0123", "HOME": "/home/somebody", "SHORT_KEY": "abc"}))
    text = "hf_secret_0123 in /home/somebody, abc, sk-abcdefghijklmnop1234 and Bearer abcdefghijklmnop1234 here"
    assert redact(text) == "[redacted] in /home/somebody, abc, [redacted] and Bearer [redacted] here"


KNOWN = "abc+/def=gh/ijklmnop+0123456789=="


@pytest.mark.parametrize(
    "shown",
    [
        KNOWN,
        "abc%2B%2Fdef%3Dgh%2Fijklmnop%2B0123456789%3D%3D",
        "abc%2b%2fdef%3dgh%2fijklmnop%2b0123456789%3d%3d",
        "abc%2B/def=gh%2fijklmnop+0123456789=%3d",
        "abc+\\/def=gh\\/ijklmnop+0123456789==",
        "abc%2b%2fdef%3dgh...",
        "*******456789%3d%3d",
        base64.b64encode(KNOWN.encode()).decode(),
        base64.b64encode(f"Bearer {KNOWN}".encode()).decode(),
        base64.b64encode(f"user:{KNOWN}".encode()).decode(),
        base64.urlsafe_b64encode(f"{KNOWN}@example".encode()).decode(),
        base64.b64encode(f"ab{KNOWN}, and more".encode()).decode(),
        KNOWN[::-1],
        KNOWN.encode().hex(),
        "".join(f"%{byte:02X}" for byte in KNOWN.encode()),
        f"b'Bearer {KNOWN}'",
        "abc+/def=gh/ijklmnop...",
        "abc+/def*****",
        "*******456789==",
    ],
)
def test_a_key_is_known_in_every_form_and_by_its_pieces(here: Path, shown: str) -> None:
    redact = Redactor.of(keyring(here, {"OPENAI_API_KEY": KNOWN}))
    text = redact(f"bad key {shown}.")
    assert text.startswith("bad key ")
    assert "[redacted]" in text
    for piece in (
        "abc+/def",
        "ijklmnop",
        "456789==",
        "abc%2",
        "6789%3",
        "YWJjKy9k",
        *(base64.b64encode(before + b"hijklmnop+0")[4:-4].decode() for before in (b"xyz", b"xyzw", b"xyzuv")),
        "ponmlkji",
        "6162632b",
        "%61%62%63",
    ):
        assert piece not in text


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (KNOWN[3:], "[redacted]"),
        (f"x{KNOWN[5:22]}y", "x[redacted]y"),
        (f"{KNOWN[2:16]},{KNOWN[4:20]}", "[redacted],[redacted]"),
        (f"{KNOWN[2:16]}{KNOWN[2:16]}", "[redacted][redacted]"),
        (KNOWN[6:16], KNOWN[6:16]),
        (f"{KNOWN[6:16]} {KNOWN[12:22]}", f"{KNOWN[6:16]} {KNOWN[12:22]}"),
    ],
    ids=["without its beginning", "the middle", "two", "two in one", "a word", "words"],
)
def test_what_is_inside_of_a_key_is_taken_out(here: Path, shown: str, told: str) -> None:
    redact = Redactor.of(keyring(here, {"OPENAI_API_KEY": KNOWN}))
    assert redact(f"{{{shown}}}") == f"{{{told}}}"


def test_what_an_address_holds_is_a_secret_too(here: Path) -> None:
    url = "http://user:hunter2pass@relay.example/v1?token=gateway-token-1"
    redact = Redactor.of(keyring(here, {"LLM_RELAY_URL": url}))
    basic = base64.b64encode(b"user:hunter2pass").decode()
    text = redact(f"auth=Basic {basic} hunter2pass gateway-token-1 relay.example")
    assert text == "auth=Basic [redacted] [redacted] [redacted] relay.example"
    assert "hunter2" not in repr(relay_endpoint(keyring(here, {"LLM_RELAY_URL": url})))
    redact = Redactor.of(keyring(here, {"LLM_RELAY_URL": "http://relay.example/v1?gateway-token-2"}))
    assert redact("GET /v1?gateway-token-2") == "GET /v1?[redacted]"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "http://alice:proxy-password@proxy.example:3128"),
        ("https_proxy", "alice:proxy-password@proxy.example:3128"),
        ("ALL_PROXY", "socks5h://alice:proxy%2Dpassword@proxy.example:1080"),
        ("PIP_CONFIGURED_FROM", "https://alice:proxy-password@packages.example/simple"),
    ],
)
def test_so_is_the_password_of_a_proxy_and_of_any_address(here: Path, name: str, value: str) -> None:
    redact = Redactor.of(keyring(here, {name: value}))
    basic = base64.b64encode(b"alice:proxy-password").decode()
    text = redact(f"Basic {basic}, proxy-password, example")
    assert text == "Basic [redacted], [redacted], example"


def test_a_short_password_is_told_by_its_place_in_an_address(here: Path) -> None:
    redact = Redactor.of(keyring(here, {"HTTP_PROXY": "http://bob:pw1@proxy.example"}))
    text = redact("http://bob:pw1@proxy.example/a:b@c, pw1 of numpy1")
    assert text == "http://[redacted]@proxy.example/a:b@c, pw1 of numpy1"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_API_KEY"])
@pytest.mark.parametrize(
    "key", ["skey-newline-0123\n456789abcdef", "skey-ünïcode-0123456789", "two words-0123456", " "]
)
def test_what_can_be_no_key_is_said_before_anything_is_sent(here: Path, name: str, key: str) -> None:
    keys = keyring(here, {name: key, "LLM_RELAY_URL": "http://127.0.0.1:9"})
    provider = {"OPENAI_API_KEY": "openai responses", "ANTHROPIC_API_KEY": "anthropic"}.get(name, "relay")
    with pytest.raises(BadConfiguration, match=name) as caught:
        open_provider(MODELS[provider], keys)
    assert "0123" not in caught.value.message


def test_white_space_around_a_key_is_none_of_it(here: Path) -> None:
    keys = keyring(here, {"OPENAI_API_KEY": f" {KEY}\n"})
    assert endpoint(keys, "openai", "https://api.openai.com/v1").key == KEY


def test_money_is_counted_and_refused_beforehand() -> None:
    model = MODELS["openai chat"]  # 2, 0.5 and 8 USD
    account = Account(0.11)
    asked = Request(model, "", (Message("user", "words " * 500),), 8192)
    first = account.reserve(asked)
    assert first.output_tokens == 8192
    assert first.usd == pytest.approx((1000 * 2 + 8192 * 8) / 1e6)
    second = account.reserve(asked)
    assert second.output_tokens == int((0.11 - first.usd - 0.002) / 8e-6), "what the budget still allows"
    with pytest.raises(BudgetSpent):
        account.reserve(asked)
    account.spend(model, Usage(1000, 600, 500))
    account.settle(first)
    account.settle(second)
    assert account.cost == Cost(1000, 500, pytest.approx((400 * 2 + 600 * 0.5 + 500 * 8) / 1e6))
    account.reserve(asked)


def test_what_is_written_to_a_cache_costs_more_where_it_does() -> None:
    model = next(model for model in BUILT_IN if model.provider == "anthropic")
    assert model.usd_input is not None and model.usd_cached is not None and model.usd_output is not None
    stored = Usage(9200, 5000, 600, stored_tokens=4000)
    plain = 200 * model.usd_input + 5000 * model.usd_cached + 600 * model.usd_output
    assert model.usd(stored) == pytest.approx((plain + 4000 * 1.25 * model.usd_input) / 1e6)
    account = Account(1.0)
    held = account.reserve(Request(model, "", (Message("user", "words " * 500),), 1000))
    assert held.usd == pytest.approx((1000 * 1.25 * model.usd_input + 1000 * model.usd_output) / 1e6)


def test_tokens_are_counted_and_refused_beforehand() -> None:
    model = MODELS["relay"]  # its price is not known
    account = Account(None, 7000)
    asked = Request(model, "", (Message("user", "words " * 500),), 4096)
    first = account.reserve(asked)
    assert (first.output_tokens, first.tokens) == (4096, 5096)
    with pytest.raises(BudgetSpent, match="7000"):
        account.reserve(asked)
    account.spend(model, Usage(1000, 0, 500))
    account.settle(first)
    assert account.reserve(asked).output_tokens == 4096


def test_a_day_is_counted_over_all_runs(tmp_path: Path) -> None:
    model = MODELS["openai chat"]
    asked = Request(model, "", (Message("user", "words " * 500),), 4096)
    day = "2031-01-02"
    ledger = Ledger(tmp_path, lambda: day)
    for limit, words in (
        (DayLimit(usd=0.04), "USD"),
        (DayLimit(tokens=5500), "tokens"),
        (DayLimit(seconds=3), "s of"),
    ):
        shutil.rmtree(tmp_path / "spent", ignore_errors=True)
        first = Account(None, day=limit, ledger=ledger)
        first.settle(first.reserve(asked))
        first.spend(model, Usage(1000, 0, 1000), seconds=2.5)
        with pytest.raises(BudgetSpent, match=words):
            Account(None, day=limit, ledger=Ledger(tmp_path, lambda: day)).reserve(asked)
        Account(None, day=limit, ledger=Ledger(tmp_path, lambda: "2031-01-03")).reserve(asked)
        replayed = Account(None, day=limit, ledger=ledger)
        before = ledger.today()
        replayed.spend(model, Usage(1000, 0, 1000), now=False)
        assert ledger.today() == before, "what was paid for on another day is not paid for today"


def test_who_has_reached_a_limit_is_told_where_it_stands(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    mine, project = tmp_path / "config" / "kernelagent" / "config.toml", here.parent / "pyproject.toml"
    mine.parent.mkdir(parents=True)
    model, cheaper = MODELS["openai chat"], ", or choose a cheaper model with --model."
    asked = Request(model, "", (Message("user", "words " * 500),), 4096)

    def hint(account: Account) -> str:
        with pytest.raises(BudgetSpent) as caught:
            account.reserve(asked)
        return caught.value.remedy

    assert hint(Account(0.0)) == f"Raise --budget-usd{cheaper}"
    assert hint(Account(None, 10)) == f"Raise --budget-tokens{cheaper}"
    for own, of_project, told in (
        ("seconds-per-day = 0", "seconds-per-day = 9", f"Raise seconds-per-day in [budget] of {mine}."),
        ("", "seconds-per-day = 0", f"Raise seconds-per-day in [tool.kernelagent.budget] of {project}."),
        ("tokens-per-day = 10", "", f"Raise tokens-per-day in [budget] of {mine}{cheaper}"),
        (
            "usd-per-day = 10",
            "usd-per-day = 0",
            f"Raise usd-per-day in [tool.kernelagent.budget] of {project}{cheaper}",
        ),
        (
            "usd-per-day = 0",
            "usd-per-day = 0",
            f"Raise usd-per-day in [tool.kernelagent.budget] of {project} and usd-per-day in [budget] of {mine}"
            f"{cheaper}",
        ),
    ):
        mine.write_text(f"[budget]\n{own}\n", encoding="utf-8")
        project.write_text(f"[tool.kernelagent.budget]\n{of_project}\n", encoding="utf-8")
        assert hint(Account(None, day=day_limit(here), ledger=Ledger(tmp_path))) == told


def test_a_days_limit_is_configured(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.kernelagent.budget]\nusd-per-day = 2\n", encoding="utf-8")
    assert day_limit(tmp_path / "model.py") == DayLimit(usd=2.0)
    (tmp_path / "pyproject.toml").write_text("[tool.kernelagent.budget]\nusd = 2\n", encoding="utf-8")
    with pytest.raises(BadConfiguration, match="usd-per-day"):
        day_limit(tmp_path / "model.py")


def test_a_budget_needs_a_price() -> None:
    given = MODELS["relay"], door("relay", "http://127.0.0.1:9")
    with pytest.raises(BadOption, match=r"price.*not known"):
        Account(1.0).require_price(*given)
    Account(None).require_price(*given)


@pytest.mark.parametrize(
    ("provider", "address", "place", "is_taken"),
    [
        ("openai", "", "the environment", False),
        ("openai", "http://127.0.0.1:9/v1", "the environment", False),
        ("openai", "", "the project", False),
        ("anthropic", "", "the environment", False),
        ("relay", "https://gateway.example/v1", "the environment", False),
        ("relay", "http://127.0.0.1:9/v1", "the environment", True),
        ("relay", "https://gateway.example/v1", "the project", True),
    ],
)
def test_a_limit_in_money_is_not_kept_by_a_price_that_a_project_tells(
    provider: Any, address: str, place: str, is_taken: bool, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But where the money is not the user's. A dated name of a model that is listed is another name."""
    prefix = "LLM_RELAY" if provider == "relay" else provider.upper()
    given = {f"{prefix}_API_KEY": KEY, f"{prefix}_{'URL' if provider == 'relay' else 'BASE_URL'}": address}
    monkeypatch.setenv("XDG_CONFIG_HOME", str(here.parent / "config"))
    for name, value in given.items():
        monkeypatch.delenv(name, raising=False)
        if value and place == "the environment":
            monkeypatch.setenv(name, value)
    if place == "the project":
        (here.parent / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items() if value))
    table = f'models."gpt-5-2025-08-07"]\nprovider = "{provider}"\nusd-input = 0\nusd-output = 0\n'
    (here.parent / "pyproject.toml").write_text(f"[tool.kernelagent.{table}", encoding="utf-8")
    limited = Options(provider=provider, budget_usd=1.0, yes=True)
    assert open_author(here, replace(limited, budget_usd=None)) is not None, "nothing is limited"
    if is_taken:
        assert open_author(here, limited) is not None
        return
    with pytest.raises(BadOption, match=r"gpt-5-2025-08-07 is told by the project alone") as refused:
        open_author(here, limited)
    mine = here.parent / "config" / "kernelagent" / "config.toml"
    assert str(mine) in refused.value.remedy
    mine.parent.mkdir(parents=True)
    mine.write_text(f"[{table}", encoding="utf-8")
    assert open_author(here, limited) is not None


def test_the_scripted_provider_plays_its_replies(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("x = 1\n", encoding="utf-8")
    replies = [{"text": "first"}, {"error": "KeyRejected"}, {"file": "kernel.py", "finish": "length"}]
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"replies": replies}), encoding="utf-8")
    provider, token = Scripted(script), CancelToken()
    asked = request("relay")
    first = ask(provider, asked, cancel=token, redact=Redactor(()))
    assert first.samples[0].text == "first"
    with pytest.raises(Exception, match="as the script says"):
        ask(provider, asked, cancel=token, redact=Redactor(()))
    for _ in range(2):
        last = ask(provider, asked, cancel=token, redact=Redactor(()))
        assert (last.samples[0].text, last.samples[0].finish) == ("```python\nx = 1\n```\n", "length")


@pytest.mark.parametrize(
    "text", ["", "{}", '{"replies": []}', '{"replies": [{"text": "a", "error": "b"}]}', '{"replies": [{"error": "X"}]}']
)
def test_a_script_that_cannot_be_played(tmp_path: Path, text: str) -> None:
    script = tmp_path / "script.json"
    script.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration, match="script"):
        Scripted(script)


def test_a_scripted_limit_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)
    script = tmp_path / "script.json"
    script.write_text('{"replies": [{"error": "RateLimited"}, {"text": "yes"}]}', encoding="utf-8")
    reply = ask(Scripted(script), request("relay"), cancel=CancelToken(), redact=Redactor(()))
    assert (reply.samples[0].text, reply.attempts) == ("yes", 2)


def test_consent_is_asked_once_for_each_project_and_host(here: Path, tmp_path: Path) -> None:
    keys = keyring(here, {"OPENAI_API_KEY": KEY})
    remote = open_provider(BUILT_IN[0], keys)
    home = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    asked: list[str] = []

    def answer(agreed: bool) -> None:
        require_consent(remote, here, yes=False, question=lambda text: asked.append(text) or agreed, environ=home)

    with pytest.raises(ConsentNeeded, match=r"api\.openai\.com"):
        require_consent(remote, here, yes=False, question=None, environ=home)
    require_consent(remote, here, yes=True, question=None, environ=home)
    with pytest.raises(ConsentNeeded):
        answer(False)
    answer(True)
    answer(False)
    assert len(asked) == 2, "a yes is kept, a no is not"
    other = tmp_path / "other" / "pyproject.toml"
    other.parent.mkdir()
    other.write_text("", encoding="utf-8")
    with pytest.raises(ConsentNeeded):
        require_consent(remote, other, yes=False, question=None, environ=home)


@pytest.mark.parametrize("home", [{"XDG_CONFIG_HOME": "/dev/null"}, {}], ids=["unwritable", "none"])
def test_an_answer_that_cannot_be_kept_is_one_still(
    home: dict[str, str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(of: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(homeless))
    remote = open_provider(BUILT_IN[0], keyring(here, {"OPENAI_API_KEY": KEY}))
    told = require_consent(remote, here, yes=False, question=lambda text: True, environ=home)
    assert "holds for this time only" in told
    with pytest.raises(ConsentNeeded):
        require_consent(remote, here, yes=False, question=lambda text: False, environ=home)


def test_the_own_machine_needs_no_consent(here: Path) -> None:
    keys = keyring(here, {"LLM_RELAY_URL": "http://localhost:11434"})
    require_consent(open_provider(MODELS["relay"], keys), here, yes=False, question=None)


def test_a_secret_that_begins_as_an_escape_ends_is_taken_out_of_json() -> None:
    redact = Redactor(["netrunner-98765432"])
    said = {"detail": ["a line\nnetrunner-98765432", 3, None], "netrunner-98765432": True}
    assert redact.in_json(said) == {"detail": ["a line\n[redacted]", 3, None], "[redacted]": True}


@pytest.mark.parametrize(
    ("name", "line", "cached", "stored"),
    [
        ("claude-sonnet-4-6", "usd-input = 6.0", 0.6, 7.5),
        ("claude-sonnet-4-6", "usd-input = 6.0\nusd-stored = 6.5\nusd-cached = 1.0", 1.0, 6.5),
        ("claude-sonnet-4-6", "usd-output = 20.0", 0.3, 3.75),
        ("claude-opus-9", 'provider = "anthropic"\nusd-input = 4.0', None, 5.0),
        ("gpt-5", "usd-input = 2.5", 0.25, None),
        ("ours", 'provider = "relay"\nusd-input = 4.0', None, None),
    ],
)
def test_prices_of_a_cache_go_along_with_the_price_of_what_is_sent(
    here: Path, name: str, line: str, cached: float | None, stored: float | None
) -> None:
    (here.parent / "pyproject.toml").write_text(f'[tool.kernelagent.models."{name}"]\n{line}\n', encoding="utf-8")
    model = next(model for model in catalogue(here) if model.name == name)
    assert (model.usd_cached, model.usd_stored) == (
        cached if cached is None else pytest.approx(cached),
        stored if stored is None else pytest.approx(stored),
    )
