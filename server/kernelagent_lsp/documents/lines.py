"""Text as lines, and positions in it, as the protocol counts them.

A line ends with ``\\n``, ``\\r\\n`` or ``\\r`` and with nothing else: ``str.splitlines`` also ends one at a form feed,
U+0085, U+2028 and more, and an edit computed from such lines lands in the wrong place. Columns are counted in the
encoding that client and server agreed on.
"""

from __future__ import annotations

import re
from enum import Enum

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class Encoding(Enum):
    """Units in which a column is counted."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def split_lines(text: str) -> list[str]:
    """``text`` cut after each line end, which its line keeps. The last line has none, and may be empty; joining the
    lines gives ``text`` again."""
    lines = _LINE.findall(text)
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def content_length(line: str) -> int:
    """Characters of ``line`` without its line end."""
    if line.endswith("\r\n"):
        return len(line) - 2
    return len(line) - 1 if line.endswith(("\r", "\n")) else len(line)


def _units(character: str, encoding: Encoding) -> int:
    code = ord(character)
    if encoding is Encoding.UTF16:
        return 2 if code > 0xFFFF else 1
    if encoding is Encoding.UTF32 or code < 0x80:
        return 1
    return 2 if code < 0x800 else 3 if code < 0x10000 else 4


def column_to_index(line: str, column: int, encoding: Encoding) -> int:
    """Index into ``line`` of the character at ``column``. Past the end means the end (before the line's own line
    end); inside of a character means its start."""
    length = content_length(line)
    if encoding is Encoding.UTF32 or line.isascii():
        return min(column, length)
    seen = 0
    for index in range(length):
        seen += _units(line[index], encoding)
        if seen > column:
            return index
    return length


def index_to_column(line: str, index: int, encoding: Encoding) -> int:
    """Column of the character at ``index`` of ``line``, the inverse of :func:`column_to_index`."""
    if encoding is Encoding.UTF32 or line.isascii():
        return index
    return sum(_units(character, encoding) for character in line[:index])
