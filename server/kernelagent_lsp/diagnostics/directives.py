"""What is wrong with the open documents' directives, a moment after the last keystroke: by parsing alone."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.driver.directive_faults import Fault, faults
from kernelagent.lint.finding import Span
from lsprotocol import types

from kernelagent_lsp.diagnostics.finding import SOURCE, documentation
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column
from kernelagent_lsp.documents.store import canonical
from kernelagent_lsp.linting.moved import Moved

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

PAUSE_S = 0.25
LONGEST = 500_000
"""Characters."""

_DIRECTIVE = re.compile(r"^\s*#\s*kernelagent:", re.MULTILINE)


@dataclass(frozen=True)
class _Known:
    """What was found in the last text that was Python."""

    lines: tuple[str, ...]
    faults: tuple[Fault, ...]


class DirectiveDesk:
    """Lives on the event loop's thread; parsing happens on another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[str, _Known] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def document_changed(self, document: Document, pause: float = PAUSE_S) -> None:
        key = canonical(document.uri)
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        if document.language_id == "python" or document.uri.endswith(".py"):
            self._timers[key] = self._server.loop.call_later(pause, self._begin, key, document)

    def document_closed(self, document: Document) -> None:
        key = canonical(document.uri)
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        known = self._known.pop(key, None)
        if known is not None and known.faults:
            self._server.diagnostics.publish(document.uri)

    def _begin(self, key: str, document: Document) -> None:
        self._timers.pop(key, None)
        if self._server.documents.get(document.uri) is not document:
            return
        if len(document.text) > LONGEST or not _DIRECTIVE.search(document.text):
            self._tell(key, document, _Known(document.lines, ()))
        else:
            self._server.follow_ups.start(self._look(key, document))

    async def _look(self, key: str, document: Document) -> None:
        version, lines = document.version, document.lines
        known = self._server.modules.of(document)
        modules = (*known.classes, *known.replaced)
        text = "\n".join(line.rstrip("\r\n") for line in lines).removeprefix("\ufeff")
        found = await asyncio.to_thread(faults, text, modules)
        if found is None or document.version != version or self._server.documents.get(document.uri) is not document:
            return  # in the middle of typing, or asked again already
        self._tell(key, document, _Known(lines, found))

    def _tell(self, key: str, document: Document, known: _Known) -> None:
        before = self._known.get(key)
        self._known[key] = known
        if known.faults or (before is not None and before.faults):
            self._server.diagnostics.publish(document.uri)

    def diagnostics(self, document: Document) -> list[types.Diagnostic]:
        """What is known, at its places in the text as it is now."""
        known = self._known.get(canonical(document.uri))
        if known is None or not known.faults:
            return []
        moved = None if known.lines == document.lines else Moved(known.lines, document.lines)
        found = []
        for fault in known.faults:
            span = Span(fault.line, fault.column, fault.line, fault.end_column)
            now = span if moved is None else moved.span(span)
            if now is not None:
                found.append(self._diagnostic(fault, now, document))
        return found

    def _diagnostic(self, fault: Fault, span: Span, document: Document) -> types.Diagnostic:
        line = document.line(span.line - 1)
        begin, end = (index_to_column(line, column, document.encoding) for column in (span.column, span.end_column))
        link = documentation(fault.code) if self._server.client.diagnostics_code_description else None
        return types.Diagnostic(
            range=types.Range(types.Position(span.line - 1, begin), types.Position(span.line - 1, end)),
            severity=types.DiagnosticSeverity.Error,
            source=SOURCE,
            code=fault.code,
            code_description=None if link is None else types.CodeDescription(href=link),
            message=fault.message,
        )
