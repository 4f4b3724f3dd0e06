"""The module classes of a document, found once per version and, after an edit, from the edited statements alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from kernelagent.driver.modules import Facts, Function, ModuleClass, facts_of, kernels_and_launchers, resolve

from kernelagent_lsp.documents.document import Document

_NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What ``ast.parse`` raises for what it can't parse."""

_CONTINUES = ("else", "elif", "except", "finally", ")", "]", "}", "#", " ", "\t", "\r", "\n", "\f")
"""What a line begins with that begins no top-level statement."""


@dataclass(frozen=True)
class Modules:
    """What parsing a document's text gave."""

    classes: tuple[ModuleClass, ...]
    functions: tuple[Function, ...] = ()
    """Triton kernels, and what launches them."""
    readable: bool = True
    """``False``: the text is not Python, or not yet again."""
    replaced: tuple[ModuleClass, ...] = ()
    """Those that nobody reaches by their name, for a later definition has it."""

    def at(self, line: int) -> ModuleClass | None:
        """The innermost class that spans ``line`` (1-based), unless that is replaced."""
        around = [found for found in (*self.classes, *self.replaced) if found.line <= line <= found.end_line]
        innermost = max(around, key=lambda found: found.line, default=None)
        return None if innermost is None or innermost.is_replaced else innermost

    def named(self, name: str) -> ModuleClass | None:
        """The one that the name means; the first where that hangs on a condition."""
        return next((found for found in self.classes if found.name == name), None)


@dataclass
class _Known:
    """What is known of one document."""

    text: str = ""
    modules: Modules | None = None
    facts: dict[str, Facts] = field(default_factory=dict)
    """By the text of the statements that they were found in."""


class ModuleIndex:
    """Parses a document when its classes are asked for and its version is new."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Document, _Known] = WeakKeyDictionary()

    def of(self, document: Document) -> Modules:
        known = self._known.setdefault(document, _Known())
        text = document.text
        if known.modules is None or known.text is not text:
            known.text = text
            known.modules = _parse(document, known)
        return known.modules

    def parse_ahead(self, document: Document, seconds: float) -> bool:
        """Parse some of ``document`` before anybody asks, for about ``seconds``; whether that was all of it."""
        known = self._known.setdefault(document, _Known())
        if known.text is document.text:
            return True
        deadline = time.monotonic() + seconds
        for text in _chunks(document.lines):
            if text in known.facts:
                continue
            with contextlib.suppress(*_NOT_PYTHON):  # it goes on in the next ones: :meth:`of` will see
                known.facts[text] = facts_of(text)
            if time.monotonic() > deadline:
                return False
        return True


def _parse(document: Document, known: _Known) -> Modules:
    """Each run of statements by itself, where that is possible: what was parsed before need not be parsed again."""
    chunks = list(_chunks(document.lines))
    fresh: dict[str, Facts] = {}
    parts: list[tuple[Facts, int]] = []
    line = index = 0
    while index < len(chunks):
        # A string or a bracket may go on over what looks like a new statement: then more and more is taken together.
        taken, facts = 1, None
        while facts is None:
            text = "".join(chunks[index : index + taken])
            try:
                facts = known.facts.get(text) or facts_of(text)
            except _NOT_PYTHON:
                if index + taken >= len(chunks):
                    known.facts = {**known.facts, **fresh}
                    return Modules((), readable=False)
                taken *= 2
        fresh[text] = facts
        parts.append((facts, line))
        line += sum(
            chunk.count("\n") + chunk.count("\r") - chunk.count("\r\n") for chunk in chunks[index : index + taken]
        )
        index += taken
    known.facts = fresh
    found = resolve(parts)
    return Modules(
        tuple(each for each in found if not each.is_replaced),
        kernels_and_launchers(parts),
        replaced=tuple(each for each in found if each.is_replaced),
    )


def _chunks(lines: tuple[str, ...]) -> Iterator[str]:
    """``lines`` cut where a top-level statement seems to begin; small neighbours stay together."""
    begin, decorated = 0, False
    for number, line in enumerate(lines):
        if not line or line.startswith(_CONTINUES) or decorated:
            decorated = decorated and not line.startswith(("class ", "def ", "async "))
            continue
        decorated = line.startswith("@")
        if number - begin >= 20:
            yield "".join(lines[begin:number]).removeprefix("\ufeff" if begin == 0 else "")
            begin = number
    yield "".join(lines[begin:]).removeprefix("\ufeff" if begin == 0 else "")
