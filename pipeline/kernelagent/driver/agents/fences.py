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
_GLUED = re.compile(r"(?P<before>[^`~]*[^`~\s][ \t]*)(?P<fence>`{3,}|~{3,})(?P<language>[\w+-]+)(?P<more>[ \t]*)")
"""At the end of a sentence: Markdown knows no such fence, but models write it. It has to say its language."""
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


def fenced(code: str) -> str:
    """``code`` as a block of Python, whose fence is longer than any in it: a docstring may hold some."""
    runs = [len(run) for run in re.findall(r"`{3,}", code)]
    fence = "`" * (max(runs, default=2) + 1)
    return f"{fence}python\n{code.rstrip()}\n{fence}"


def plain_lines(text: str) -> str:
    """``text`` whose lines end with LF, as those of files do, without a mark of its encoding."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def fenced_blocks(text: str, *, glued: bool = False) -> Iterator[Block]:
    """In the order of ``text``; the last one may have no end. ``glued``: those too whose first fence ends a sentence,
    and whose last fence ends a line of code."""
    lines = iter(plain_lines(text).split("\n"))
    for line in lines:
        opening = _OPENING.fullmatch(line.expandtabs(_TAB))
        if opening is not None and opening["fence"][0] == "`" and "`" in opening["more"]:
            continue
        if opening is not None:
            quotes, (_, _, inside) = opening["before"].count(">"), opening["before"].rpartition(">")
            column = len(inside) - (1 if quotes and inside else 0)
        else:
            opening, quotes, column = _GLUED.fullmatch(line) if glued else None, 0, 0
        if opening is None:
            continue
        content: list[str] = []
        is_whole = False
        for inner in (_unquoted(one, quotes) for one in lines):
            if _closes(inner, opening["fence"], column):
                is_whole = True
                break
            content.append(written_out(inner if content else inner.removeprefix("\ufeff")))
        if glued and not is_whole:
            is_whole = _without_end(content, opening["fence"])
        first = next((one.expandtabs(_TAB) for one in content if one.strip()), "")
        shift = min(column, len(first) - len(first.lstrip()))
        yield Block("".join(f"{_moved(one, shift)}\n" for one in content), opening["language"], is_whole)


def _without_end(content: list[str], fence: str) -> bool:
    """Whether the last line of code ends with ``fence``, which is taken away."""
    last = next((n for n in reversed(range(len(content))) if content[n].strip()), None)
    if last is None or not content[last].rstrip().endswith(fence):
        return False
    content[last:] = [content[last].rstrip().removesuffix(fence)]
    return True


def written_out(text: str) -> str:
    """``text`` without characters that make a terminal or an editor show other code than there is, which people are to
    review: those that control, and those that turn the direction of writing. NUL stays: Python refuses it, and the
    model is told."""
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in _UNSEEN and c not in "\t\f\0\n" else c for c in text)


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
