"""Commands of ``sh`` and ``console`` blocks, taken apart: as much of a shell's grammar as pages need."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    words: tuple[str, ...]
    variables: dict[str, str]
    """What stands before the command, and what was exported before."""
    expected: str
    """Of a ``console`` block, what the command prints; ``...`` is anything."""


def lines_of(text: str, *, console: bool) -> list[Line]:
    exported: dict[str, str] = {}
    lines = []
    for command, expected in _transcript(text) if console else [(each, "") for each in _joined(text)]:
        words = shlex.split(command, comments=True)
        if words[:1] == ["export"]:
            exported.update(word.split("=", 1) for word in words[1:])  # type: ignore[arg-type]
            continue
        own = {}
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            own[name] = value
        if words:
            lines.append(Line(tuple(words), {**exported, **own}, expected))
    return lines


def _joined(text: str) -> list[str]:
    return re.sub(r"\\\n\s*", " ", text).splitlines()


def _transcript(text: str) -> list[tuple[str, str]]:
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block begins with a command, after '$ '"
    return [(command, expected) for command, _, expected in (part.partition("\n") for part in parts[1:])]
