"""An edit that is about to be made: what is sent, and what the file must hold afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column


@dataclass(frozen=True)
class Placing:
    """A kernel, and the module that it was made from."""

    uri: str
    path: str
    text: str
    """Of the module's file, as it is now."""
    class_name: str
    entry: str
    """The module class that the kernel defines."""
    kernel: str
    """The composed file's text."""


@dataclass(frozen=True)
class EditPlan:
    uri: str
    path: str
    version: int | None
    """Of the open document; ``None``: it is not open."""
    creates: bool
    """The file does not exist yet."""
    edits: tuple[types.TextEdit, ...]
    """All against the text as it is, none touching another."""
    after: str
    """The whole text once the edit is made."""
    snippets: tuple[types.SnippetTextEdit, ...] = ()
    """The same as ``edits``, with places to be filled in, for editors that can."""
    newline: str = "\n"
    """Of a new file: how its lines shall end on disk, whatever ``after`` has."""


@dataclass(frozen=True)
class Impossible:
    """There is no such edit, because ``reason`` (a sentence that says what to do)."""

    reason: str


@dataclass(frozen=True)
class Outdated(Impossible):
    """There is none for the text as it is now, and there would be if the class were fused again."""


def newline_of(text: str) -> str:
    """The line end that most of ``text``'s lines have; ``\\n`` where it has none."""
    windows = text.count("\r\n")
    unix = text.count("\n") - windows
    old_mac = text.count("\r") - windows
    if windows > max(unix, old_mac):
        return "\r\n"
    return "\r" if old_mac > unix else "\n"


def with_newlines(text: str, newline: str) -> str:
    """``text`` with ``newline`` for each of its line ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if newline == "\n" else plain.replace("\n", newline)


def whole_range(document: Document) -> types.Range:
    """From the document's first character to its last."""
    last = len(document.lines) - 1
    line = document.line(last)
    return types.Range(
        start=types.Position(0, 0), end=types.Position(last, index_to_column(line, len(line), document.encoding))
    )


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same file but for what editors settle by themselves: line ends and the last one."""
    return with_newlines(one, "\n").rstrip("\n") == with_newlines(other, "\n").rstrip("\n")
