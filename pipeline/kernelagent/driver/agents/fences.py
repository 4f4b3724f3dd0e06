"""The fenced code blocks of a text in Markdown, wherever they stand in it: also in list items and quotations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_WHITE = r"\s\u200b\ufeff"
"""Also characters that look like white space and are none for Python: a reply is other people's typing."""
_OPENING = re.compile(
    rf"(?P<before>(?:[{_WHITE}]|>|(?:[-*+]|\d{{1,9}}[.)])(?=[ \t]))*)(?P<fence>`{{3,}}|~{{3,}})"
    rf"[{_WHITE}]*(?P<language>[\w+-]*)(?P<more>.*)"
)
_CLOSING = re.compile(rf"(?P<before>[{_WHITE}]*)(?P<fence>`{{3,}}|~{{3,}})[{_WHITE}]*")
_QUOTED = re.compile(rf"^[{_WHITE}]*>[ ]?")
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of Unicode."""
_TAB = 4
MOST_BEYOND = 3
"""Columns that a closing fence may stand further to the right than the opening one; beyond, it is text in the block."""


@dataclass(frozen=True)
class Block:
    content: str
    """Without the indentation that the fence has, and with characters that nobody sees written out, as in ``\\x1b``."""
    language: str
    is_whole: bool
    """It has a closing fence."""


def plain_lines(text: str) -> str:
    """``text`` whose lines end with LF, as those of files do, without a mark of its encoding."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def fenced_blocks(text: str) -> Iterator[Block]:
    """In the order of ``text``; the last one may have no end."""
    lines = iter(plain_lines(text).split("\n"))
    for line in lines:
        opening = _OPENING.fullmatch(line.expandtabs(_TAB))
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["more"]):
            continue
        quotes, (_, _, inside) = opening["before"].count(">"), opening["before"].rpartition(">")
        column = len(inside) - (1 if quotes and inside else 0)
        content: list[str] = []
        is_whole = False
        for inner in (_unquoted(one, quotes) for one in lines):
            if _closes(inner, opening["fence"], column):
                is_whole = True
                break
            content.append(_written_out(inner))
        first = next((one.expandtabs(_TAB) for one in content if one.strip()), "")
        shift = min(column, len(first) - len(first.lstrip()))
        yield Block("".join(f"{_moved(one, shift)}\n" for one in content), opening["language"], is_whole)


def _written_out(line: str) -> str:
    """``line`` without characters that make a terminal or an editor show other code than there is, which people are to
    review: those that control, and those that turn the direction of writing. NUL stays: Python refuses it, and the
    model is told."""
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in _UNSEEN and c not in "\t\f\0" else c for c in line)


def _closes(line: str, fence: str, column: int) -> bool:
    closing = _CLOSING.fullmatch(line.expandtabs(_TAB))
    if closing is None or len(closing["before"]) > column + MOST_BEYOND:
        return False
    return closing["fence"][0] == fence[0] and len(closing["fence"]) >= len(fence)


def _unquoted(line: str, depth: int) -> str:
    for _ in range(depth):
        line = _QUOTED.sub("", line, count=1)
    return line


def _moved(line: str, columns: int) -> str:
    """``line`` without as much of its indentation as ``columns`` are."""
    if columns == 0:
        return line
    code = line.lstrip()
    indentation = line[: len(line) - len(code)].expandtabs(_TAB)
    return indentation[columns:] + code
