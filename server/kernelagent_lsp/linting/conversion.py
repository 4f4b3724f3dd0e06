"""The linter's findings, fixes and places in the protocol's terms."""

from __future__ import annotations

from kernelagent.lint.finding import Edit, Finding, Severity, Span, Tag
from lsprotocol import types

from kernelagent_lsp.client import Client
from kernelagent_lsp.diagnostics.finding import SOURCE, documentation
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column

_SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}
_TAGS: dict[Tag, types.DiagnosticTag] = {
    "unnecessary": types.DiagnosticTag.Unnecessary,
    "deprecated": types.DiagnosticTag.Deprecated,
}


def as_range(span: Span, document: Document) -> types.Range:
    return types.Range(
        start=_position(span.line, span.column, document), end=_position(span.end_line, span.end_column, document)
    )


def _position(line: int, column: int, document: Document) -> types.Position:
    return types.Position(line - 1, index_to_column(document.line(line - 1), column, document.encoding))


def as_text_edit(edit: Edit, document: Document) -> types.TextEdit:
    return types.TextEdit(range=as_range(edit.span, document), new_text=edit.text)


def as_diagnostic(finding: Finding, document: Document, client: Client) -> types.Diagnostic:
    link = documentation(finding.code) if client.diagnostics_code_description else None
    related = [
        types.DiagnosticRelatedInformation(
            location=types.Location(uri=document.uri, range=as_range(other.span, document)), message=other.message
        )
        for other in finding.related
    ]
    tags = [_TAGS[tag] for tag in finding.tags if _TAGS[tag].value in client.diagnostics_tags]
    return types.Diagnostic(
        range=as_range(finding.span, document),
        severity=_SEVERITIES[finding.severity],
        source=SOURCE,
        code=finding.code,
        code_description=None if link is None else types.CodeDescription(href=link),
        message=finding.message,
        tags=tags or None,
        related_information=related if related and client.diagnostics_related else None,
    )
