"""Text from a process that is not trusted, as it may be shown: a terminal obeys control characters."""

from __future__ import annotations

from typing import Any


def printable(value: Any) -> Any:
    """``value``, JSON, in which every control character of every text is written out, as in ``\\x1b``."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in value)
    if isinstance(value, list):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return value
