"""Tokens that requests have used, as the APIs count them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_TOKENS = 10**9
"""No request has as many: what tells more tells nonsense."""


@dataclass(frozen=True)
class Usage:
    input_tokens: int = 0
    """All of them, those that were read from a cache among them."""
    cached_tokens: int = 0
    output_tokens: int = 0
    """Reasoning included."""
    estimated: bool = False
    """Some were reckoned from the text, because the API had told nothing."""
    stored_tokens: int = 0
    """Input that was written to a cache, which some APIs charge more for."""

    @classmethod
    def told(cls, given: Any, cached: Any, written: Any, stored: Any = 0) -> Usage:
        """What an API tells, whatever it is: what is no count is as good as not told."""
        all_given = _count(given)
        read = min(_count(cached), all_given)
        return cls(all_given, read, _count(written), stored_tokens=min(_count(stored), all_given - read))

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.estimated or other.estimated,
            self.stored_tokens + other.stored_tokens,
        )


def _count(value: Any) -> int:
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if is_one else 0
