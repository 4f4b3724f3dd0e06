"""What a server's refusal says of how many tokens it may be asked for: in words alone, and each server has its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEAST = 256
"""Tokens of output; with less there is nothing worth asking for, and the refusal is told."""

_N = r"[`'\"]?(\d+)"
_OF_MODEL = (
    rf"supports at most {_N} (?:completion|output) tokens",  # OpenAI, LiteLLM
    rf"max_tokens: \d+ > {_N}, which is the maximum allowed number of output tokens",  # Anthropic
    rf"(?:max_tokens|max_completion_tokens|max_output_tokens)\b.*?[Ee]xpected a value <= {_N}",  # Responses, Ark
    rf"(?:max_tokens|max_completion_tokens|max_output_tokens)\b.*?less than or equal to {_N}",  # Groq
    rf"valid range of max_tokens is \[\d+, ?{_N}\]",  # DeepSeek
)
_OF_WINDOW = (
    # OpenAI's older models and vLLM: what was asked for is the prompt and the output
    r"maximum context length is (?P<window>\d+) tokens.*?\((?P<given>\d+) in (?:the messages|your prompt)",
    # newer vLLM
    r"maximum context length is (?P<window>\d+) tokens and your request has (?P<given>\d+) input tokens",
    # Anthropic
    r"exceed context limit: (?P<given>\d+) \+ \d+ > (?P<window>\d+)",
)


@dataclass(frozen=True)
class ToldLimit:
    output: int
    """Tokens that the refused request could have had."""
    window: int | None
    """Of the model, for the prompt and the output; ``None``: ``output`` holds whatever the prompt is."""


def told_limit(words: str, asked: int) -> ToldLimit | None:
    """By the words of a server that refused ``asked`` tokens; ``None`` where they don't tell of a limit that is less,
    or of one with which asking again is worth it."""
    found = next(filter(None, (re.search(pattern, words, re.DOTALL) for pattern in _OF_WINDOW)), None)
    if found is not None:
        window = int(found["window"])
        limit = ToldLimit(window - int(found["given"]), window)
    else:
        found = next(filter(None, (re.search(pattern, words, re.DOTALL) for pattern in _OF_MODEL)), None)
        if found is None:
            return None
        limit = ToldLimit(int(found[1]), None)
    return limit if LEAST <= limit.output < asked else None
