"""Numbers as somebody types them: on a command line, in a variable, in a file of plain values."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)


def whole_number(text: str) -> int | None:
    """``None`` for what is none, or has more digits than any that is meant."""
    return int(text) if _WHOLE.fullmatch(text := text.strip()) else None


def number(text: str) -> float | None:
    """``None`` for what is none; infinite is one of more digits than a float holds."""
    return float(text) if _DECIMAL.fullmatch(text := text.strip()) else None
