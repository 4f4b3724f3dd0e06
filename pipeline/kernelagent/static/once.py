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
    kept: tuple[tuple[str, _Found], ...] = ()

    @functools.wraps(read)
    def reading(text: str) -> _Found:
        nonlocal kept
        for known, found in kept:
            if known is text:
                return found
        found = read(text)
        kept = ((text, found), *kept[: _KEPT - 1])
        return found

    return reading
