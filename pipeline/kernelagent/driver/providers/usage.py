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
    def told(
        cls, given: Any, cached: Any, written: Any, stored: Any = 0, *, total: Any = 0, reasoning: Any = 0
    ) -> Usage:
        """What an API tells, whatever it is: what is no count is as good as not told.

        Some servers count what was thought in ``written``, as OpenAI does, and some beside it: then the ``total`` is
        more than both, or ``reasoning`` alone is more than ``written``.
        """
        all_given, answer, thought = _count(given), _count(written), _count(reasoning)
        read = min(_count(cached), all_given)
        beside = answer + thought if thought > answer else 0
        answer = max(answer, beside, _count(total) - all_given if all_given else 0)
        return cls(all_given, read, answer, stored_tokens=min(_count(stored), all_given - read))

    @classmethod
    def openais(cls, usage: dict[str, Any]) -> Usage:
        """Of the object in which an API of OpenAI's form tells it: by the names of Responses or by those of Chat
        Completions, which relays use in the one and in the other."""
        given = next((name for name in ("input_tokens", "prompt_tokens") if _count(usage.get(name))), "input_tokens")
        written = "completion_tokens" if _count(usage.get("completion_tokens")) else "output_tokens"
        found = usage.get(f"{given}_details"), usage.get(f"{written}_details")
        read, thought = (details if isinstance(details, dict) else {} for details in found)
        told = usage.get(given), read.get("cached_tokens"), usage.get(written)
        return cls.told(*told, total=usage.get("total_tokens"), reasoning=thought.get("reasoning_tokens"))

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
