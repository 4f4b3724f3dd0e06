"""What an SDK or the network raises → the catalogue's error for it, and whether asking again can help.

Both SDKs name their errors alike and carry the status; they are told by that, so
that neither SDK nor HTTP library has to be imported here.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from kernelagent.contract.codec import parse_json
from kernelagent.driver.providers.told_reasons import NO_CREDIT, TOO_LONG, remedy_for
from kernelagent.driver.providers.told_words import told_words
from kernelagent.errors import (
    BudgetSpent,
    ConnectionLost,
    KernelAgentError,
    KeyRejected,
    ProviderFailed,
    ProviderTimedOut,
    RateLimited,
    RequestRefused,
    UnusableReply,
)

_DETAIL_LIMIT = 300
_TRUST = (
    "Where a proxy or a relay has a certificate of your own authority, name the authority's file in SSL_CERT_FILE (or "
    "REQUESTS_CA_BUNDLE), or a folder that `openssl rehash` has made in SSL_CERT_DIR. Only what is named there is "
    "trusted then, of an https:// proxy and of the server alike."
)
_REMEDIES = {
    400: (
        "Choose another model with --model: see `kernelagent models`. Where it does not take an option, say so in its "
        "table in the configuration: takes-temperature = false, takes-effort = false, or less max-output-tokens."
    ),
    402: NO_CREDIT,
    404: "Look at the provider's address{address}, and at the model: see `kernelagent models`.",
    405: "Look at the provider's address{address}.",
    407: "The proxy asks for a user and a password: write them into the address in HTTPS_PROXY.",
    413: TOO_LONG,
}
_REFUSED = re.compile(r"4(?!08|29)\d\d\b")
"""How the words of a proxy begin that does not open the way to a server, and would not a little later."""
_BY_PROXY = (
    "The proxy that the environment names (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) refuses this server: ask whoever runs "
    "it, or name the server in NO_PROXY."
)
_ADDRESSES = {
    "openai": " in OPENAI_BASE_URL, which mostly ends in /v1",
    "anthropic": " in ANTHROPIC_BASE_URL, to which /v1/messages is added",
    "relay": " in LLM_RELAY_URL, which mostly ends in /v1",
}
"""Of each provider: where its address is set, and how it ends."""
_STATUS_OF_WORD = {
    **{"rate_limit_exceeded": 429, "rate_limit_error": 429, "insufficient_quota": 429},
    **{"billing_error": 402, "not_found_error": 404, "request_too_large": 413, "timeout_error": 504},
    "unsupported_country_region_territory": 403,
    **{"invalid_api_key": 401, "authentication_error": 401, "permission_error": 403},
    **{"invalid_prompt": 400, "invalid_request_error": 400, "context_length_exceeded": 400, "model_not_found": 404},
}
"""Codes and types of errors that OpenAI and Anthropic tell in the middle of a stream, whose status is 200."""


class StreamBroke(Exception):
    """The API told in the middle of a stream that it can't go on; ``body`` is its error object, if it gave one."""

    def __init__(self, message: str, body: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.body = body

    @classmethod
    def told(cls, answer: Any) -> StreamBroke:
        """Of an error object, in one of the forms that servers give it, or of what holds one."""
        first = answer[0] if isinstance(answer, list) and answer else answer
        inner = first.get("error") or first if isinstance(first, dict) else first
        message = told_words(inner)
        is_response = isinstance(inner, dict) and inner.get("status") == "failed"
        if message or not is_response:
            return cls(str(message or inner), inner if isinstance(inner, dict) else None)
        return cls("the response failed")


def _status_told(error: Any) -> int | None:
    """The HTTP status that an error object stands for: its code, or what the words for that mean."""
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    if isinstance(code, int) and not isinstance(code, bool):
        return code
    inner = error.get("error")
    named = code, error.get("type"), inner.get("type") if isinstance(inner, dict) else None
    return next((_STATUS_OF_WORD[word] for word in named if isinstance(word, str) and word in _STATUS_OF_WORD), None)


@dataclass(frozen=True)
class Failure:
    error: KernelAgentError
    may_pass: bool
    """The same request may succeed a little later."""
    wait_s: float | None = None
    """How long the API asks to wait."""
    was_taken: bool = True
    """The API may have begun to answer, and may want to be paid for it."""


def failure_of(exc: BaseException, provider: str, *, never_sent: bool = False) -> Failure:
    """Of anything that is raised while a request is made or its answer is read."""
    inside: Sequence[BaseException] = getattr(exc, "exceptions", ())
    if len(inside) == 1:  # a group of tasks, of which one has failed
        return failure_of(inside[0], provider, never_sent=never_sent)
    names = {cls.__name__ for cls in type(exc).__mro__}
    status = getattr(exc, "status_code", None)
    if status in (None, 200):
        status = _status_told(getattr(exc, "body", None)) or status
    detail = _detail(exc)
    if isinstance(exc, KernelAgentError):
        was_taken = isinstance(exc, (UnusableReply, BudgetSpent))  # it was answered, and may be billed
        return Failure(exc, isinstance(exc, (RateLimited, ProviderFailed, ConnectionLost)), was_taken=was_taken)
    if isinstance(exc, TimeoutError) or names & {"APITimeoutError", "TimeoutException"}:
        return Failure(ProviderTimedOut(f"{provider} did not answer in time."), True, was_taken=_was_connected(exc))
    if isinstance(status, int):
        return _by_status(exc, status, provider, detail)
    if names & {"APIConnectionError", "TransportError"} or isinstance(exc, OSError):
        if "CERTIFICATE_VERIFY_FAILED" in str(exc.__cause__ or exc):
            lost = ConnectionLost(
                f"{provider}, or a proxy on the way, shows a certificate that is not trusted: {detail}", hint=_TRUST
            )
            return Failure(lost, False, was_taken=False)
        refused = _REFUSED.match(str(exc.__cause__)) if type(exc.__cause__).__name__ == "ProxyError" else None
        if refused is not None:
            hint = _REMEDIES[407] if refused[0] == "407" else _BY_PROXY
            lost = ConnectionLost(f"the proxy lets nothing through to {provider}: {detail}", hint=hint)
            return Failure(lost, False, was_taken=False)
        lost = ConnectionLost(f"the connection to {provider} broke: {detail}")
        return Failure(lost, True, was_taken=_was_connected(exc))
    if isinstance(exc, StreamBroke) or "APIError" in names:
        return Failure(ProviderFailed(f"{provider} failed while it answered: {detail}"), True)
    if never_sent:
        lost = ConnectionLost(f"nothing could be sent to {provider}: {type(exc).__name__}: {detail}")
        return Failure(lost, False, was_taken=False)
    return Failure(UnusableReply(f"{provider} sent what its SDK cannot read: {detail}"), False)


def _by_status(exc: BaseException, status: int, provider: str, detail: str) -> Failure:
    reason = remedy_for(getattr(exc, "body", None), detail) if 400 <= status < 500 else None
    if reason is not None:
        refused = RequestRefused(f"{provider} refuses the request ({status}): {detail}", hint=reason)
        return Failure(refused, False, was_taken=False)
    if status in (401, 403):
        return Failure(KeyRejected(f"{provider} does not accept the key: {detail}"), False, was_taken=False)
    if status == 429:
        limited = RateLimited(f"{provider} asks to slow down: {detail}")
        return Failure(limited, True, retry_after(exc), was_taken=False)
    if status >= 500 or status in (408, 409):
        failed = ProviderFailed(f"{provider} failed with status {status}: {detail}")
        return Failure(failed, True, retry_after(exc), was_taken=False)
    if status == 200:
        return Failure(ProviderFailed(f"{provider} failed while it answered: {detail}"), True)
    if 300 <= status < 400:
        return Failure(_redirected(exc, status, provider), False, was_taken=False)
    remedy = _REMEDIES.get(status, "").format(address=_ADDRESSES.get(provider, "")) or None
    refused = RequestRefused(f"{provider} refuses the request ({status}): {detail}", hint=remedy)
    return Failure(refused, False, was_taken=False)


def _redirected(exc: BaseException, status: int, provider: str) -> RequestRefused:
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    try:
        there = urlsplit(str(headers.get("location", "")))
    except ValueError:  # of its brackets
        there = urlsplit("")
    where = (
        urlunsplit(("", "", there.path, "", "")) if not there.netloc else there.netloc.rpartition("@")[2] + there.path
    )
    named = f"to {there.scheme + '://' if there.scheme else ''}{where[:200]}" if where else "elsewhere"
    return RequestRefused(
        f"{provider} redirects ({status}) {named}, and a redirect is not followed.",
        hint="Give the provider's address as it is there, with https:// if it asks for that.",
    )


def _was_connected(exc: BaseException) -> bool:
    causes = (exc, exc.__cause__, exc.__context__)
    return not any(type(cause).__name__ in ("ConnectError", "ConnectTimeout", "ProxyError") for cause in causes)


def retry_after(exc: BaseException) -> float | None:
    """Seconds that the response's ``Retry-After`` asks for, as a number or as a date; ``None`` for what is neither."""
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    milliseconds, given = headers.get("retry-after-ms"), headers.get("retry-after")
    for text, scale in ((milliseconds, 1000.0), (given, 1.0)):
        if text is not None and re.fullmatch(r"\d+(\.\d+)?", text.strip()):
            return float(text) / scale
    date = email.utils.parsedate_tz(given) if given else None
    try:
        return max(0.0, email.utils.mktime_tz(date) - time.time()) if date is not None else None
    except (ValueError, OverflowError):  # of a year that no clock has
        return None


def _detail(exc: BaseException) -> str:
    """The API's own words, where they can be found; one line, and not long."""
    body = getattr(exc, "body", None)
    words = told_words(_whole_body(exc) or body)
    text = words or (str(body) if isinstance(body, dict) and body else str(exc)) or type(exc).__name__
    cause = exc.__cause__
    if cause is not None and text == "Connection error.":
        text = f"{type(cause).__name__} {cause}"
    text = " ".join(text.split())
    return f"{_cut(text)}…" if len(text) > _DETAIL_LIMIT else text.rstrip(".") + "."


def _cut(text: str) -> str:
    """Between words, so that nothing is left of a secret that is known whole alone."""
    kept = text[: _DETAIL_LIMIT + 1].rpartition(" ")[0]
    return kept if len(kept) > _DETAIL_LIMIT // 2 else text[:_DETAIL_LIMIT]


def _whole_body(exc: BaseException) -> Any:
    """What the server answered with a status of failure: an SDK passes on what is named ``error`` in it, and that may
    say less than what stands beside it. ``None`` where there is none, or nobody has read it."""
    if "APIStatusError" not in {cls.__name__ for cls in type(exc).__mro__}:
        return None
    try:
        response: Any = getattr(exc, "response", None)
        return _parsed(response.text)
    except (AttributeError, RuntimeError):  # it has no response; or it was closed before it was read
        return None


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return text
