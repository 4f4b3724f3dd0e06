"""Certificates of the user's own authority: for a server and for a proxy, in a file and in a folder."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import REDACT, door, request
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.asking import ask
from kernelagent.errors import BadConfiguration, ConnectionLost
from model_server import ABROAD, ModelServer, Say, playing

SAID = "blah"
NAMED = ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``c.pem`` and its key, and ``folder`` with it as OpenSSL looks it up."""
    folder = tmp_path_factory.mktemp("authority")
    names = f"subjectAltName=IP:127.0.0.1,IP:{ABROAD}"
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem"]
    try:
        subprocess.run(
            ["openssl", *new, "-subj", "/CN=x", "-addext", names], cwd=folder, check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate with")
    asked = ["openssl", "x509", "-hash", "-noout", "-in", "c.pem"]
    digest = subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
    (folder / "folder").mkdir()
    (folder / "folder" / f"{digest}.0").write_bytes((folder / "c.pem").read_bytes())
    return folder


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*NAMED, *(f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL", "NO"))):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


@pytest.fixture
def by_tls(made: Path) -> Iterator[ModelServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "c.pem", made / "k.pem")
    with playing(lambda seen, turn: Say(SAID), tls=context) as server:
        yield server


def answer(name: str, url: str) -> str:
    return ask(door(name, url), request(name), cancel=CancelToken(), redact=REDACT).samples[0].text


@pytest.mark.parametrize("name", ["relay", "anthropic"])
@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("SSL_CERT_FILE", "c.pem"),
        ("SSL_CERT_FILE", "folder"),
        ("REQUESTS_CA_BUNDLE", "c.pem"),
        ("REQUESTS_CA_BUNDLE", "folder"),
        ("SSL_CERT_DIR", "folder"),
    ],
)
def test_they_hold_for_a_server_and_for_a_proxy(
    name: str, variable: str, place: str, made: Path, by_tls: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(made / place))
    assert answer(name, by_tls.url) == SAID
    monkeypatch.setenv("HTTP_PROXY", by_tls.url)
    assert answer(name, "http://models.invalid") == SAID
    assert [seen.headers["host"] for seen in by_tls.seen] == [by_tls.url.partition("//")[2], "models.invalid"]


def test_no_proxy_is_asked_where_none_is_to_be(
    made: Path, by_tls: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(made / "c.pem"))
    monkeypatch.setenv("HTTP_PROXY", by_tls.url)
    with playing(lambda seen, turn: Say("direct"), host=ABROAD) as server:
        for hosts in ("*", ABROAD):
            monkeypatch.setenv("NO_PROXY", hosts)
            assert answer("relay", server.url) == "direct"
    assert not by_tls.seen


def test_a_proxy_that_is_not_trusted_is_not_called_the_server(
    by_tls: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", by_tls.url)
    with pytest.raises(ConnectionLost, match="or a proxy on the way, shows a certificate that is not trusted") as lost:
        answer("relay", "http://models.invalid")
    for variable in NAMED:
        assert variable in lost.value.remedy


def test_a_folder_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(BadConfiguration, match=r"SSL_CERT_DIR names .*nowhere"):
        answer("relay", f"http://{ABROAD}:9")
