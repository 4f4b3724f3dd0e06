"""Who is let in. A page runs code with its user's rights, and whatever a browser has open, and every other user of this
machine, can reach a port of the loopback address. So each request must

- name this machine as its host: a name that a stranger's DNS leads here (rebinding) is refused;
- come from a page of this server, where the browser says which page it comes from;
- carry the key that only the terminal has shown: once in the address, from then on in a cookie.

What is answered may fetch nothing from elsewhere, and be framed by nobody.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY = "key"
"""In the address."""
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",  # Gradio's own scripts need all three
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Doorkeeper:
    """An ASGI application around another one."""

    def __init__(self, app: App, host: str, port: int) -> None:
        """``host`` and ``port``: where it listens."""
        self._app = app
        self._is_local = is_loopback(host)
        self._names = {*_LOOPBACK, host} if self._is_local else {*_LOOPBACK, host, socket.gethostname().lower()}
        self._cookie = f"kernelagent-{port}"  # cookies know no ports: two servers must not share one
        self.key = secrets.token_urlsafe(24)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page of ours opens a socket
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        why = self._stranger(headers)
        if why:
            await _answer(send, 403, why)
            return
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(KEY, [""])[0]
        if given and self._fits(given) and scope["method"] == "GET":
            cookie = f"{self._cookie}={self.key}; Path=/; HttpOnly; SameSite=Strict"
            place = scope["path"] if scope["path"].startswith("/") and not scope["path"].startswith("//") else "/"
            await _answer(
                send, 303, "", [(b"location", place.encode("ascii", "replace")), (b"set-cookie", cookie.encode())]
            )
            return
        if not self._fits(self._carried(headers)):
            await _answer(send, 401, "Open the whole address that the terminal shows, with its key.")
            return
        await self._app(scope, receive, _with_policy(send))

    def _stranger(self, headers: dict[str, str]) -> str:
        """Why a request is refused, whoever has the key; empty where it is not."""
        host = headers.get("host", "")
        if not self._is_name_of_this_machine(host):
            return "This server answers to the names of this machine alone."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "Another page than this server's asks for it."
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "Another page than this server's asks for it."
        return ""

    def _is_name_of_this_machine(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self._names:
            return True
        if self._is_local:
            return False
        try:
            ipaddress.ip_address(name)  # no DNS leads from a name of a stranger's to a literal address
        except ValueError:
            return False
        return True

    def _carried(self, headers: dict[str, str]) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.key.encode())


def _with_policy(send: Send) -> Send:
    async def guarded(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", []))
            names = {name.lower() for name, _ in given}
            added = [header for header in _ALWAYS if header[0] not in names]
            if b"content-security-policy" not in names:
                added.append((b"content-security-policy", _POLICY.encode()))
            message = {**message, "headers": [*given, *added]}
        await send(message)

    return guarded


async def _answer(send: Send, status: int, text: str, more: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_ALWAYS, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
