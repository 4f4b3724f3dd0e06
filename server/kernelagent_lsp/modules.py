"""The module classes of a document, found once per version."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from kernelagent.driver.modules import ModuleClass, modules_in

from kernelagent_lsp.documents.document import Document


@dataclass(frozen=True)
class Modules:
    """What parsing a document's text gave."""

    classes: tuple[ModuleClass, ...]
    readable: bool = True
    """``False``: the text is not Python, or not yet again."""

    def at(self, line: int) -> ModuleClass | None:
        """The innermost class that spans ``line`` (1-based)."""
        around = [found for found in self.classes if found.line <= line <= found.end_line]
        return max(around, key=lambda found: found.line, default=None)

    def named(self, name: str) -> ModuleClass | None:
        return next((found for found in self.classes if found.name == name), None)


class ModuleIndex:
    """Parses a document when its classes are asked for and its version is new."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Document, tuple[str, Modules]] = WeakKeyDictionary()

    def of(self, document: Document) -> Modules:
        text = document.text
        known = self._known.get(document)
        if known is not None and known[0] is text:
            return known[1]
        try:
            modules = Modules(modules_in(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # what ast.parse raises for what it can't parse
            modules = Modules((), readable=False)
        self._known[document] = (text, modules)
        return modules
