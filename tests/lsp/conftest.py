"""Fixtures: a server on a raw wire, whose end fails the test when a message was left unread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from wire_client import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A server that was not initialized."""
    client = Wire("--stdio")
    try:
        yield client
        unread = client.unread()
    finally:
        client.close()
    assert unread == []


@pytest.fixture
def ready(wire: Wire) -> Wire:
    """A server that was initialized by a client that can do everything."""
    wire.initialize()
    return wire


@pytest.fixture(scope="module")
def kept_server() -> Iterator[Wire]:
    client = Wire("--stdio")
    try:
        client.initialize()
        yield client
    finally:
        client.close()


@pytest.fixture
def kept(kept_server: Wire) -> Iterator[Wire]:
    """As ``ready``, but one server for all tests of a file: for those that leave no trace in it."""
    yield kept_server
    assert kept_server.unread() == []
