"""KernelAgent's configuration files: names and plain values, one a line, as YAML has them and no more of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ENTRY = re.compile(r"(\w+):(.*)")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_QUOTED = (re.compile(r"\"((?:[^\"\\]|\\[\"\\/])*)\"(.*)"), re.compile(r"'((?:[^']|'')*)'(.*)"))
_NOTHING = ("", "~", "null", "Null", "NULL")
_OF_MORE = "[]{},&*!|>%@`\"'"
"""No plain value begins so: lists, tables, anchors, tags, texts of several lines."""


@dataclass(frozen=True)
class Entry:
    """One line that is not blank and no comment."""

    line: int
    name: str
    """The whole line where it is not a name and a value."""
    value: str | None
    """``None`` where nothing is given."""
    understood: bool = True
    """Whether ``value`` is what is meant; it is what stands there otherwise."""


def entries(text: str) -> Iterator[Entry]:
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#") or line.startswith("---"):
            continue
        found = _ENTRY.fullmatch(line)
        if found is None:
            yield Entry(at, line.strip(), None, understood=False)
        else:
            yield _entry(at, found[1], found[2])


def _entry(line: int, name: str, text: str) -> Entry:
    """A ``#`` begins a comment after white space alone, and not within quotes."""
    given = text.strip()
    for quoted in _QUOTED:
        found = quoted.fullmatch(given)
        if found is not None and not _COMMENT.sub("", found[2]).strip():
            whole = found[1].replace("''", "'") if given[0] == "'" else re.sub(r"\\(.)", r"\1", found[1])
            return Entry(line, name, whole or None)
    given = _COMMENT.sub("", text).strip()
    if given in _NOTHING:
        return Entry(line, name, None)
    plain = given[0] not in _OF_MORE and not re.search(r":(\s|$)", given)
    return Entry(line, name, given, understood=plain)
