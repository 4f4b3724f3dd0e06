"""Variables of a ``.env`` file, as python-dotenv reads them, but for one thing: ``${NAME}`` stands for what the file
itself says of NAME, and never for the environment's, whose keys would go to an address that the file names."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kernelagent.errors import BadConfiguration

LONGEST = 1 << 16
"""Characters of a value: names that stand for names would make it grow beyond the memory."""
PLACEHOLDERS = ("your-api-key-here", "sk-...", "sk-ant-...")
"""As documentation writes them where a key should be."""
_BETWEEN = re.compile(r"(?:\s|#[^\n]*)*")
_NAME = re.compile(r"(?:export[^\S\n]+)?('[^'\n]+'|[^=#\s'\"]+)[^\S\n]*=[^\S\n]*")
_UNSET = re.compile(r"(?:export[^\S\n]+)?(\w+)(?=[^\S\n]*:|[^\S\n]+\S)")
"""A name with its value after a colon, as in YAML, or after white space."""
_QUOTED = re.compile(r"(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")[^\S\n]*(?:#[^\n]*)?(?=\n|\Z)", re.DOTALL)
_PLAIN = re.compile(r"(?![\"'])([^\n]*)")
_COMMENT = re.compile(r"(?:^|\s+)#.*")
_REST = re.compile(r"[^\n]*")
_ESCAPED = re.compile(r"\\([\\'\"abfnrtv])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_STANDS_FOR = re.compile(r"\$\{([^}:]*)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class _Line:
    number: int
    name: str
    value: str | None
    """``None``: it cannot be read."""
    is_set: bool = True
    """By a sign of equality."""


class _NotFilled(Exception):
    """What a name stands for cannot be put in; the text says what to do."""


def is_readable(path: Path) -> bool:
    """A ``.env`` that nobody named may be somebody else's, and is none for whom it is not meant."""
    return os.path.isfile(path) and os.access(path, os.R_OK)


def read_dotenv(path: Path, names: Collection[str]) -> dict[str, str]:
    """What the file says of ``names``. ``#`` begins a comment where a value would begin, or after white space.

    Raises ``BadConfiguration`` for a file that cannot be read or is not UTF-8, and for a value of one of ``names`` that
    cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadConfiguration(f"{path} is not written in UTF-8.", hint="Save it so.", file=str(path)) from exc
    except OSError as exc:
        raise BadConfiguration(f"{path} cannot be read: {exc.strerror or exc}.", file=str(path)) from exc
    said: dict[str, str] = {}
    for line in _lines(text):
        hint = "A quote that is opened must be closed." if line.is_set else f"Write {line.name}=VALUE."
        try:
            if line.value is not None:
                said[line.name] = _filled(line.value, said)
                continue
        except _NotFilled as exc:
            hint = str(exc)
        said.pop(line.name, None)
        if line.name in names:
            why = f"{path}, line {line.number}: the value of {line.name} cannot be read"
            raise BadConfiguration(f"{why}.", hint=hint, file=str(path), line=line.number)
    return {name: value for name, value in said.items() if name in names and value not in PLACEHOLDERS}


def every_variable(path: Path) -> dict[str, str]:
    """What the file says of any name, as far as it can be read: what stands in it is not to be told."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return {}
    said: dict[str, str] = {}
    for line in _lines(text):
        if line.value is not None:
            try:
                said[line.name] = _filled(line.value, said)
            except _NotFilled:
                said[line.name] = line.value
    return {name: value for name, value in said.items() if value not in PLACEHOLDERS}


def _lines(text: str) -> Iterator[_Line]:
    """The variables in their order, with those that are meant to be set and are not; the rest is passed over, each to
    the end of its line."""
    at = _end(_BETWEEN, text, 0)
    while at < len(text):
        named = _NAME.match(text, at)
        if named is not None:
            name, start = named[1].strip("'"), named.end()
            found = _QUOTED.match(text, start) or _PLAIN.match(text, start)
            yield _Line(text.count("\n", 0, at) + 1, name, _value(found) if found is not None else None)
            at = found.end() if found is not None else start
        elif (unset := _UNSET.match(text, at)) is not None:
            yield _Line(text.count("\n", 0, at) + 1, unset[1], None, is_set=False)
        at = _end(_BETWEEN, text, _end(_REST, text, at))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found is not None else at


def _value(found: re.Match[str]) -> str:
    if found.re is _PLAIN:
        return _COMMENT.sub("", found[1]).rstrip()
    if found[1] is not None:
        return re.sub(r"\\([\\'])", r"\1", found[1])
    return _ESCAPED.sub(lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), found[2])


def _filled(value: str, said: Mapping[str, str]) -> str:
    """``value`` with what its names stand for. Raises ``_NotFilled``."""

    def put(found: re.Match[str]) -> str:
        known = said.get(found[1], found[2])
        if known is None:
            raise _NotFilled("A name in ${} is one that this file sets before; none of the environment is put in.")
        return known

    length = len(value) + sum(len(said.get(found[1], "")) for found in _STANDS_FOR.finditer(value))
    if length > LONGEST:
        raise _NotFilled(f"What its names stand for has more than {LONGEST} characters.")
    return _STANDS_FOR.sub(put, value)
