"""What a request is refused for, where the API says it otherwise than by the status: several reasons share one, and
each API has its own for the same reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

NO_CREDIT = "The account has no credit left: fill it up, or choose another provider with --provider."
TOO_LONG = (
    "The request is too large for it: choose a model with a longer context, or a smaller module. Where the output that "
    "it may have counts as well, less max-output-tokens in the model's table in the configuration helps, too."
)
NOT_THERE = (
    "The provider does not answer from the country or region that the request comes from; the key is not what is "
    "wrong. Choose another provider with --provider."
)
_BY_CODE = {
    **dict.fromkeys(("insufficient_quota", "billing_error", "billing_not_active", "insufficient_balance"), NO_CREDIT),
    **dict.fromkeys(("billing_hard_limit_reached", "insufficient_credits", "credit_balance_too_low"), NO_CREDIT),
    **dict.fromkeys(("context_length_exceeded", "request_too_large", "string_above_max_length"), TOO_LONG),
    "unsupported_country_region_territory": NOT_THERE,
}
"""Codes and types of errors."""
_BY_WORDS = (
    (r"insufficient_quota|credit balance is too low|insufficient (account )?(balance|credits?|funds)", NO_CREDIT),
    (r"out of credits?\b|no credits? left", NO_CREDIT),
    (r"billing hard limit|account is not active, please check your billing", NO_CREDIT),
    (r"maximum context length|prompt is too long|context (window|length) exceeded|exceeds? (the )?context", TOO_LONG),
    (r"input is too long for|exceeds the maximum number of tokens|too many input tokens", TOO_LONG),
    (r"(country|region|territory|location)\b[^.;]{0,40} (is |are )?not supported", NOT_THERE),
    (r"not (available|supported|accessible) (in|from) (your|this) (country|region|territory|location)", NOT_THERE),
)
"""What APIs say beside codes that tell nothing more than the status. "Exceeded your current quota" is not among them:
some say it of a limit of a minute."""
_DEEPEST = 4


def remedy_for(body: Any, words: str) -> str | None:
    """What to do about an error whose object is ``body`` and that says ``words``; ``None``: nothing is known but its
    status."""
    by_code = next((_BY_CODE[code] for code in _codes(body) if code in _BY_CODE), None)
    by_words = (remedy for pattern, remedy in _BY_WORDS if re.search(pattern, words, re.IGNORECASE))
    return by_code or next(by_words, None)


def _codes(body: Any, depth: int = 0) -> Iterator[str]:
    """Of an error object or of what holds one, in one of the forms that servers give it."""
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, dict) or depth > _DEEPEST:
        return
    yield from (body[name] for name in ("code", "type") if isinstance(body.get(name), str))
    yield from _codes(body.get("error"), depth + 1)
