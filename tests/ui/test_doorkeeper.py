"""Who is let in where the server listens on an address beyond the loopback, which no test may listen on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kernelagent.ui.doorkeeper import Doorkeeper, is_loopback
from kernelagent.ui.serving import warning_of


async def inside(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def status(door: Doorkeeper, host: str, key: str = "") -> int:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", host.encode()), (b"cookie", f"kernelagent-8084={key}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(door(scope, None, send))  # type: ignore[arg-type]  # nothing is received
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("listens", "host", "let_in"),
    [
        ("127.0.0.1", "127.0.0.1:8084", True),
        ("127.0.0.1", "localhost:9000", True),  # the near end of a tunnel
        ("127.0.0.1", "LOCALHOST:8084", True),
        ("127.0.0.1", "192.0.2.7:8084", False),
        ("127.0.0.1", "gpu-box:8084", False),
        ("::1", "[::1]:8084", True),
        ("0.0.0.0", "192.0.2.7:8084", True),
        ("0.0.0.0", "[2001:db8::7]:8084", True),
        ("0.0.0.0", "attacker.example:8084", False),
        ("gpu-box", "gpu-box:8084", True),
        ("gpu-box", "gpu-box.attacker.example", False),
        ("0.0.0.0", "", False),
    ],
)
def test_names_of_this_machine(listens: str, host: str, let_in: bool) -> None:
    door = Doorkeeper(inside, listens, 8084)
    assert status(door, host, door.key) == (200 if let_in else 403)
    assert status(door, host, "a guess") == (401 if let_in else 403)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gpu-box"])
def test_other_addresses_are_warned_of(host: str) -> None:
    assert not is_loopback(host)
    assert host in warning_of(host) and "your rights" in warning_of(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_the_loopback_is_not(host: str) -> None:
    assert is_loopback(host)
