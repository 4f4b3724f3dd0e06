"""A server's own words in the body of a failure: each has its own form, and some a page for browsers."""

from __future__ import annotations

import html
import re
from typing import Any

_NAMES = ("message", "detail", "msg", "error", "error_description", "description", "errors", "title")
"""What servers call them, the most telling first."""
_DEEPEST = 8
_MOST_ENTRIES = 3
_LONGEST = 20_000
"""Characters that are looked at."""
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml|[a-z0-9]+>)", re.IGNORECASE)
_NO_WORDS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)


def told_words(body: Any, depth: int = 0) -> str:
    """Of a text, of an object that has them or holds what has them, or of a list of such; empty where there are none.
    An object within says more than a text beside it."""
    if isinstance(body, str):
        text = body[:_LONGEST]
        return " ".join((html.unescape(_NO_WORDS.sub(" ", text)) if _PAGE.match(text) else text).split())
    if depth > _DEEPEST:
        return ""
    if isinstance(body, list):
        return "; ".join(filter(None, (told_words(entry, depth + 1) for entry in body[:_MOST_ENTRIES])))
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    found = [inner] if isinstance(inner, (dict, list)) else []
    found += [body[name] for name in _NAMES if name in body]
    words = next(filter(None, (told_words(entry, depth + 1) for entry in found)), "")
    place = body.get("loc")  # of what pydantic's validation, and so FastAPI's, finds wrong
    return f"{'.'.join(map(str, place[:_DEEPEST]))}: {words}" if words and isinstance(place, list) else words
