"""The fenced code of a page, with what comments above a block say about running it.

A comment is not shown, neither on GitHub nor on the site. Those that mean something here stand directly above a block:

    <!-- not run: REASON -->   it is read, but can't be run here
    <!-- whole: REASON -->     it is run with --whole alone, since it takes long
    <!-- status: 1 -->         the exit status that its last command ends with
    <!-- raises: NAME -->      the exception that it ends with
    <!-- given: CODE -->       Python that stands before it
    <!-- then: CODE -->        Python that is run after it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MARKS = ("not run", "whole", "status", "raises", "given", "then")
_BLOCK = re.compile(
    r"(?P<comments>(?:^<!--(?:(?!-->).)*-->\n+)*)^(?P<fence>`{3,})(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"<!--\s*(?:(?P<mark>[a-z ]+):)?(?P<said>.*?)-->", re.DOTALL)
_NAMED = re.compile(r"# ([\w./]+\.(?:py|toml))\n")


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    """Of its first line of code, from 1."""
    language: str
    text: str
    marks: dict[str, str]

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of a file that the block is: its first line says it, and nothing else."""
        named = _NAMED.match(self.text)
        return named[1] if named else None


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        marks = {
            comment["mark"]: comment["said"].strip("\n ")
            for comment in _COMMENT.finditer(match["comments"])
            if comment["mark"] in MARKS
        }
        found.append(Block(page, line, match["language"], match["text"], marks))
    return found


def without_fences(page: Path) -> str:
    """The page's text, its code left out."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))
