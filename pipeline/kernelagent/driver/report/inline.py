"""The three marks that a text may hold, read once for both kinds of page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_MARK = re.compile(r"\[(?P<words>[^\]\n]+)\]\((?P<target>[^)\s]+)\)|\*\*(?P<strong>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`")


class Piece(NamedTuple):
    kind: Literal["text", "link", "strong", "code"]
    text: str
    target: str = ""


def pieces(text: str) -> Iterator[Piece]:
    last = 0
    for found in _MARK.finditer(text):
        if found.start() > last:
            yield Piece("text", text[last : found.start()])
        if found["words"] is not None:
            yield Piece("link", found["words"], found["target"])
        elif found["strong"] is not None:
            yield Piece("strong", found["strong"])
        else:
            yield Piece("code", found["code"])
        last = found.end()
    if last < len(text):
        yield Piece("text", text[last:])
