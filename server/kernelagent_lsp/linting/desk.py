"""Lints the open documents: a moment after the last keystroke, in a thread, one run for each document at a time."""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.store import canonical
from kernelagent_lsp.linting.conversion import as_diagnostic
from kernelagent_lsp.linting.moved import Moved

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

logger = logging.getLogger(__name__)

PAUSE_S = 0.25
"""After the last keystroke, before the document is linted."""
LONGEST = 500_000
"""Characters. What is longer was not written by hand, and is not linted."""


@dataclass(frozen=True)
class _Known:
    """What the linter said of the last text that was Python."""

    text: str
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]


class LintDesk:
    """Every method but :meth:`_work` is called on the event loop's thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[str, _Known] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._running: set[str] = set()

    def document_changed(self, document: Document, pause: float = PAUSE_S) -> None:
        """Lint ``document`` once nothing has changed in it for ``pause`` seconds."""
        key = canonical(document.uri)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if self._wanted(document):
            self._timers[key] = self._server.loop.call_later(pause, self._begin, key, document)

    def document_closed(self, document: Document) -> None:
        key = canonical(document.uri)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        known = self._known.pop(key, None)
        if known is not None and known.findings:
            self._server.diagnostics.publish(document.uri)

    def settings_changed(self, document: Document) -> None:
        """Lint ``document`` anew, or take back what was said."""
        known = self._known.pop(canonical(document.uri), None)
        if self._wanted(document):
            self.document_changed(document, 0)
        elif known is not None and known.findings:
            self._server.diagnostics.publish(document.uri)

    def _wanted(self, document: Document) -> bool:
        is_python = document.language_id == "python" or document.uri.endswith(".py")
        return is_python and self._server.settings_of(document.uri).lint

    def _begin(self, key: str, document: Document) -> None:
        self._timers.pop(key, None)
        if self._server.documents.get(document.uri) is not document:
            return
        if key in self._running:  # come back when that one is done
            self._timers[key] = self._server.loop.call_later(PAUSE_S, self._begin, key, document)
            return
        text = document.text
        if "triton" not in text or len(text) > LONGEST:
            self._done(key, document, text, ())
            return
        self._running.add(key)
        ignore = self._server.settings_of(document.uri).lint_ignore
        threading.Thread(target=self._work, args=(key, document, text, ignore), name="lint", daemon=True).start()

    def _work(self, key: str, document: Document, text: str, ignore: tuple[str, ...]) -> None:
        findings: tuple[Finding, ...] | None = None
        try:
            findings = _linted(text, ignore)
        except Exception as exc:  # noqa: BLE001 - a defect of a rule costs its findings, not the server
            logger.error("%s\n%s", type(exc).__name__, "".join(traceback.format_tb(exc.__traceback__)))
        self._server.loop.call_soon_threadsafe(self._done, key, document, text, findings)

    def _done(self, key: str, document: Document, text: str, findings: tuple[Finding, ...] | None) -> None:
        self._running.discard(key)
        if self._server.documents.get(document.uri) is not document or not self._wanted(document):
            return
        if findings is None:  # in the middle of typing: what was said before stays
            return
        before = self._known.get(key)
        lines = document.lines if document.text == text else tuple(Document("", "", 0, text, document.encoding).lines)
        self._known[key] = _Known(text, lines, findings)
        if findings or (before is not None and before.findings):
            self._server.diagnostics.publish(document.uri)

    def findings(self, document: Document) -> tuple[Finding, ...]:
        """What is known of ``document``, at its places in the text as it is now; what stood in changed lines is
        left out."""
        known = self._known.get(canonical(document.uri))
        if known is None or not self._wanted(document):
            return ()
        if known.text == document.text:
            return known.findings
        moved = Moved(known.lines, document.lines)
        return tuple(found for each in known.findings if (found := moved.finding(each)) is not None)

    def current(self, document: Document) -> tuple[Finding, ...]:
        """The findings of the text as it is now, linted at once where they are not known."""
        known = self._known.get(canonical(document.uri))
        if not self._wanted(document):
            return ()
        if known is not None and known.text == document.text:
            return known.findings
        return _linted(document.text, self._server.settings_of(document.uri).lint_ignore) or ()

    def diagnostics(self, document: Document) -> list[types.Diagnostic]:
        return [as_diagnostic(found, document, self._server.client) for found in self.findings(document)]


def _linted(text: str, ignore: tuple[str, ...]) -> tuple[Finding, ...] | None:
    """The findings in ``text``; ``None`` where it is no Python. The rules are many small files, and are imported when
    they are first asked: a server that sees no kernel starts without them."""
    from kernelagent.lint.linter import lint

    linted = lint(text, ignore=ignore)
    return linted.findings if linted.is_python else None
