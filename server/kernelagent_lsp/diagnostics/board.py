"""The diagnostics that clients see: who said what about which file, moved along as the file is edited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from kernelagent_lsp.diagnostics.finding import SOURCE, Finding, documentation
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import content_length, index_to_column
from kernelagent_lsp.documents.store import canonical

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

SETTLE_S = 0.3
"""After the last keystroke, before findings are placed anew."""


class DiagnosticBoard:
    """Findings by owner: a class's latest job. A new job's findings replace those of the one before."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._findings: dict[str, tuple[Finding, ...]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def put(self, owner: str, findings: Sequence[Finding]) -> None:
        """``findings`` are all that ``owner`` has to say now."""
        uris = {f.uri for f in self._findings.get(owner, ())} | {f.uri for f in findings}
        self._findings[owner] = tuple(findings)
        for uri in sorted(uris):
            self._publish(uri)

    def document_changed(self, uri: str) -> None:
        """Place ``uri``'s findings anew once the typing has paused."""
        key = canonical(uri)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if any(canonical(f.uri) == key for findings in self._findings.values() for f in findings):
            self._timers[key] = self._server.loop.call_later(SETTLE_S, self._replace, key, uri)

    def _replace(self, key: str, uri: str) -> None:
        self._timers.pop(key, None)
        self._publish(uri)

    def _publish(self, uri: str) -> None:
        document = self._server.documents.get(uri)
        shown = [
            placed
            for findings in self._findings.values()
            for finding in findings
            if canonical(finding.uri) == canonical(uri) and (placed := self._place(finding, document)) is not None
        ]
        version = document.version if document is not None and self._server.client.diagnostics_version else None
        self._server.protocol.notify(
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            types.PublishDiagnosticsParams(
                uri=document.uri if document is not None else uri, diagnostics=shown, version=version
            ),
        )

    def _place(self, finding: Finding, document: Document | None) -> types.Diagnostic | None:
        """``finding`` where it belongs in the text as it is now; ``None`` where it no longer holds."""
        original = Document(finding.uri, "python", 0, finding.text, self._server.documents.encoding)
        if document is None or document.text == finding.text:
            modules = self._server.modules.of(document or original)
            found = None if finding.class_name is None else modules.named(finding.class_name)
            line = finding.line if found is None else found.line
            return self._diagnostic(finding, document or original, line, finding.severity, finding.message)
        if finding.class_name is None:
            return None
        before = self._server.modules.of(original).named(finding.class_name)
        now = self._server.modules.of(document).named(finding.class_name)
        if before is None or now is None:
            return None
        if original.lines[before.line - 1 : before.end_line] != document.lines[now.line - 1 : now.end_line]:
            return None
        # The class stands as it did, and something else in the file does not: the certificate is for another file.
        message = f"{finding.message} (The file has changed since.)"
        return self._diagnostic(finding, document, now.line, types.DiagnosticSeverity.Hint, message)

    def _diagnostic(
        self, finding: Finding, document: Document, line: int, severity: types.DiagnosticSeverity, message: str
    ) -> types.Diagnostic:
        client = self._server.client
        link = documentation(finding.code) if client.diagnostics_code_description else None
        related = [
            types.DiagnosticRelatedInformation(
                location=types.Location(uri=other.uri, range=_whole_line(other.line - 1, 0, 0)), message=other.message
            )
            for other in finding.related
        ]
        return types.Diagnostic(
            range=line_range(document, line - 1),
            severity=severity,
            source=SOURCE,
            code=finding.code,
            code_description=None if link is None else types.CodeDescription(href=link),
            message=message,
            related_information=related if related and client.diagnostics_related else None,
            data={"jobId": finding.job_id} if client.diagnostics_data else None,
        )


def line_range(document: Document, number: int) -> types.Range:
    """The text of line ``number`` (0-based) without its indentation."""
    number = max(0, min(number, len(document.lines) - 1))
    line = document.line(number)
    end = content_length(line)
    start = min(len(line) - len(line.lstrip()), end)
    return _whole_line(
        number, index_to_column(line, start, document.encoding), index_to_column(line, end, document.encoding)
    )


def _whole_line(number: int, start: int, end: int) -> types.Range:
    return types.Range(start=types.Position(number, start), end=types.Position(number, end))
