"""A value that somebody gave, as the message about it shows it: one line, never long, whatever it is."""

from __future__ import annotations

_LONGEST = 200


def shown(value: object) -> str:
    """Its ``repr``, cut where it is long; a whole number of more digits than Python writes out, and what is nested
    deeper than it can follow, by their kind."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"({type(value).__name__} of a size that cannot be written out)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
