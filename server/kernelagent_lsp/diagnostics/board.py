"""The diagnostics that clients see: who said what about which file, moved along as the file is edited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kernelagent.driver.directive_faults import part_of
from lsprotocol import types

from kernelagent_lsp.diagnostics.finding import SOURCE, Finding, documentation
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import content_length, index_to_column
from kernelagent_lsp.documents.store import canonical
from kernelagent_lsp.jobs.made_from import class_lines

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server
    from kernelagent_lsp.surveys.findings import Said

SETTLE_S = 0.3
"""After the last keystroke, before findings are placed anew."""


@dataclass(frozen=True)
class _Pinned:
    """A finding, and the class that it is about as it was then."""

    finding: Finding
    line: int
    class_lines: tuple[str, ...] | None
    """``None``: it is about a line, not a class."""
    accepted: tuple[str, ...] = ()
    """Other texts that it holds for just as well."""


class DiagnosticBoard:
    """Findings by owner: a class's latest job. A new job's findings replace those of the one before."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._pinned: dict[str, tuple[_Pinned, ...]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._doubts: dict[str, str] = {}
        """By a job's id: what has changed since of that which its findings hang on."""

    def job_ids(self) -> tuple[str, ...]:
        """Of the jobs whose findings are here."""
        ids = (pinned.finding.job_id for group in self._pinned.values() for pinned in group)
        return tuple(dict.fromkeys(job_id for job_id in ids if job_id))

    def doubt(self, whys: Mapping[str, str]) -> None:
        """What has changed since of that which the findings of these jobs hang on, now; empty where nothing has."""
        others = {job_id for job_id, why in whys.items() if why != self._doubts.get(job_id, "")}
        kept = {*self.job_ids(), *whys}
        self._doubts = {job_id: why for job_id, why in {**self._doubts, **whys}.items() if why and job_id in kept}
        shown = [pinned.finding for group in self._pinned.values() for pinned in group]
        for uri in sorted({finding.uri for finding in shown if finding.job_id in others}):
            self.publish(uri)

    def is_in_doubt(self, document: Document, class_name: str) -> bool:
        """Whether something has changed since that what is said of the class in ``document`` hangs on."""
        return any(
            pinned.finding.job_id in self._doubts
            and (pinned.finding.about or pinned.finding.class_name) == class_name
            and canonical(pinned.finding.uri) == canonical(document.uri)
            for group in self._pinned.values()
            for pinned in group
        )

    def put(self, owner: str, findings: Sequence[Finding]) -> None:
        """``findings`` are all that ``owner`` has to say now."""
        uris = {pinned.finding.uri for pinned in self._pinned.get(owner, ())} | {found.uri for found in findings}
        self._pinned[owner] = tuple(self._pin(finding) for finding in findings)
        for uri in sorted(uris):
            self.publish(uri)

    def _pin(self, finding: Finding) -> _Pinned:
        if finding.class_name is None:
            return _Pinned(finding, finding.line, None)
        document = self._server.documents.get(finding.uri)
        if document is None or document.text != finding.text:
            document = Document(finding.uri, "python", 0, finding.text, self._server.documents.encoding)
        found = self._server.modules.of(document).named(finding.class_name)
        if found is None:
            return _Pinned(finding, finding.line, None)
        return _Pinned(finding, found.line, class_lines(document.lines, found.line, found.end_line))

    def accept(self, uri: str, before: str, after: str) -> None:
        """What was found in the text ``before`` of ``uri`` holds for ``after`` as well: an edit of ours made it so."""
        for owner, group in self._pinned.items():
            self._pinned[owner] = tuple(
                replace(pinned, accepted=(*pinned.accepted, after))
                if canonical(pinned.finding.uri) == canonical(uri) and before in (pinned.finding.text, *pinned.accepted)
                else pinned
                for pinned in group
            )
        self.publish(uri)

    def document_changed(self, uri: str) -> None:
        """Place ``uri``'s findings anew once the typing has paused."""
        key = canonical(uri)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        document = self._server.documents.get(uri)
        moves = document is not None and self._server.surveys.speaks_of(document)
        if moves or any(canonical(pinned.finding.uri) == key for group in self._pinned.values() for pinned in group):
            self._timers[key] = self._server.loop.call_later(SETTLE_S, self._replace, key, uri)

    def _replace(self, key: str, uri: str) -> None:
        self._timers.pop(key, None)
        self.publish(uri)

    def speaks_of(self, document: Document, class_name: str, code: str = "") -> bool:
        """Whether a job's finding about the class, with that code if one is named, stands in ``document`` now."""
        return bool(self.of_class(document, class_name, code))

    def of_class(self, document: Document, class_name: str, code: str = "") -> list[types.Diagnostic]:
        """What jobs have found of the class, as it is shown in ``document`` now."""
        return [
            placed
            for group in self._pinned.values()
            for pinned in group
            if (pinned.finding.about or pinned.finding.class_name) == class_name
            and code in ("", pinned.finding.code)
            and canonical(pinned.finding.uri) == canonical(document.uri)
            and (placed := self._place(pinned, document)) is not None
        ]

    def publish(self, uri: str) -> None:
        """Tell the client all that there is to say about ``uri`` now, the linter's findings with it."""
        document = self._server.documents.get(uri)
        shown = [
            placed
            for group in self._pinned.values()
            for pinned in group
            if canonical(pinned.finding.uri) == canonical(uri) and (placed := self._place(pinned, document)) is not None
        ]
        if document is not None:
            shown += self._server.linter.diagnostics(document)
            shown += [self._said(one, document) for one in self._server.surveys.findings(document)]
            wrong = self._server.directives.diagnostics(document)
            known = {(one.code, one.range.start.line) for one in wrong}
            shown = [one for one in shown if (one.code, one.range.start.line) not in known] + wrong
        version = document.version if document is not None and self._server.client.diagnostics_version else None
        self._server.protocol.notify(
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            types.PublishDiagnosticsParams(
                uri=document.uri if document is not None else uri, diagnostics=shown, version=version
            ),
        )

    def _place(self, pinned: _Pinned, document: Document | None) -> types.Diagnostic | None:
        """The finding where it belongs in the text as it is now; ``None`` where it no longer holds."""
        finding = pinned.finding
        if document is None:
            document = Document(finding.uri, "python", 0, finding.text, self._server.documents.encoding)
        if document.text == finding.text:
            return self._held(finding, document, pinned.line)
        if finding.class_name is None or pinned.class_lines is None:
            return None
        now = self._server.modules.of(document).named(finding.class_name)
        if now is None or class_lines(document.lines, now.line, now.end_line) != pinned.class_lines:
            return None
        if document.text in pinned.accepted:
            return self._held(finding, document, now.line)
        # The class stands as it did, and something else in the file does not: the certificate is for another file.
        message = f"{finding.message} (The file has changed since.)"
        return self._diagnostic(finding, document, now.line, types.DiagnosticSeverity.Hint, message)

    def _held(self, finding: Finding, document: Document, line: int) -> types.Diagnostic:
        """The finding at its place; a hint, where what it hangs on in other files is no more as it was."""
        why = self._doubts.get(finding.job_id)
        if why is None:
            return self._diagnostic(finding, document, line, finding.severity, finding.message)
        message = f"{finding.message} ({why}.)"
        return self._diagnostic(finding, document, line, types.DiagnosticSeverity.Hint, message)

    def _said(self, said: Said, document: Document) -> types.Diagnostic:
        link = documentation(said.code) if self._server.client.diagnostics_code_description else None
        return types.Diagnostic(
            range=part_range(document, said.line - 1, said.part),
            severity=said.severity,
            source=SOURCE,
            code=said.code,
            code_description=None if link is None else types.CodeDescription(href=link),
            message=said.message,
        )

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
            range=part_range(document, line - 1, finding.part),
            severity=severity,
            source=SOURCE,
            code=finding.code,
            code_description=None if link is None else types.CodeDescription(href=link),
            message=message,
            related_information=related if related and client.diagnostics_related else None,
            data={"jobId": finding.job_id} if client.diagnostics_data else None,
        )


def part_range(document: Document, number: int, part: str) -> types.Range:
    """That of ``part`` of the directive at line ``number`` (0-based); the line's where there is no such part."""
    place = part_of(document.text, number + 1, part) if part else None
    if place is None:
        return line_range(document, number)
    line = document.line(place[0] - 1)
    columns = [index_to_column(line, column, document.encoding) for column in place[1:]]
    return _whole_line(place[0] - 1, *columns)


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
