"""What is read off a whole text, read once: each class of a file is asked about, and the file may be long."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")

_KEPT = 8
"""Texts: a module's file, those of its kernels, and an older one of either."""


def once_per_text(read: Callable[[str], _Found]) -> Callable[[str], _Found]:
    """``read``, whose answers are kept for the last few texts. A text is known by being the same object:
    ``functools.lru_cache`` would compare all of it, each time, with an equal one that came before. From any thread."""
    kept: tuple[tuple[str, _Found], ...] = ()  # the one that was asked for last comes first

    @functools.wraps(read)
    def reading(text: str) -> _Found:
        nonlocal kept
        at_hand = kept
        if at_hand and at_hand[0][0] is text:
            return at_hand[0][1]
        asked = next((each for each in at_hand if each[0] is text), None) or (text, read(text))
        kept = (asked, *[each for each in at_hand if each is not asked][: _KEPT - 1])
        return asked[1]

    return reading
