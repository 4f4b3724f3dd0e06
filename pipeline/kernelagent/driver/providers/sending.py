"""Whether the request of an attempt has been sent: what never was is not paid for, however the attempt ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass
class Sending:
    begun: bool | None = False
    """Any of it may have arrived. ``None``: nobody has told, as from a provider without the SDKs' HTTP client."""

    def may_begin(self) -> None:
        """The provider is asked from now on."""
        self.begun = None

    @property
    def never_was(self) -> bool:
        return self.begun is False


_now: ContextVar[Sending | None] = ContextVar("kernelagent_sending", default=None)


def nothing_yet() -> None:
    """A client with the hook :func:`observe` is about to be made: until that tells, nothing of the attempt is sent."""
    sending = _now.get()
    if sending is not None and sending.begun is None:
        sending.begun = False


@contextmanager
def observed(sending: Sending) -> Iterator[None]:
    """Requests that are made inside of it, in this thread and the tasks of its event loop, tell ``sending``."""
    token = _now.set(sending)
    try:
        yield
    finally:
        _now.reset(token)


async def observe(request: Any) -> None:
    """A hook for the requests of the HTTP client, called before it looks for a connection."""
    sending = _now.get()
    if sending is None:
        return

    async def trace(event: str, info: dict[str, Any]) -> None:
        asks_proxy = getattr(info.get("request"), "method", b"") == b"CONNECT"
        if event.endswith(".send_request_headers.started") and not asks_proxy:
            sending.begun = True

    request.extensions["trace"] = trace
