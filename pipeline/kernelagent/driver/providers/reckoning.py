"""How many tokens a text has, where no API has told: rather more than there are than fewer."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from kernelagent.driver.providers.usage import Usage

CHARACTERS_PER_TOKEN = 3.0
"""Words and code in ASCII have between three and four."""
_DATA = re.compile(
    r"(?=[!-/:-@\[-`{-~]{0,63}[0-9A-Za-z])[!-~]{64,}"  # no code stands as long without white space, but for rulers
    r"|(?<![0-9A-Za-z+/])(?=[A-Za-z+/]{0,63}[0-9])[0-9A-Za-z+/]{20,}"  # base64 in short lines, digests: no name
    r"|(?<![!-~])(?=[!-/:-@\[-`]{0,63}[0-9A-Z])[!-`]{24,}"  # uuencode, which has no small letters
)
"""Base64, digests and escaped bytes have hardly a token that is longer than a character."""
_DIGIT = re.compile(r"[0-9]")
"""Many tokenizers have one for each, and none has more than three in one."""


def tokens_in(text: str) -> float:
    """No token is less than a byte: what is neither words nor code in ASCII counts for as many as it has bytes."""
    plain = _DIGIT.sub("", _DATA.sub("", text))
    words = len(plain) if plain.isascii() else sum(map(str.isascii, plain))
    return len(text.encode("utf-8", "surrogatepass")) - words + words / CHARACTERS_PER_TOKEN


def reckoned(told: Usage, sent: float, pieces: Iterable[float], *, is_whole: bool) -> Usage:
    """What one stream has used: what the API ``told``, and, where it told nothing, or had not come to its end, the
    tokens that were ``sent``, and those of the ``pieces`` that came."""
    given = told.input_tokens or math.ceil(sent)
    written = told.output_tokens
    if not (is_whole and written):
        written = max(written, math.ceil(sum(pieces)))
    is_told = (given, written) == (told.input_tokens, told.output_tokens)
    return Usage(given, told.cached_tokens, written, told.estimated or not is_told, told.stored_tokens)
