"""Code actions for the linter's findings: their fixes, the comment that silences one, and all safe fixes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kernelagent.lint.finding import Edit, Finding
from kernelagent.lint.suppression import suppressing
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.linting.conversion import as_diagnostic, as_text_edit

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

QUICK_FIX = "quickfix"
FIX_ALL = "source.fixAll.kernelagent"
KINDS = (QUICK_FIX, FIX_ALL)


def offered(server: Server, document: Document, asked: Any, only: Any) -> list[types.CodeAction]:
    """Actions for the range ``asked`` (raw JSON), of the kinds ``only`` asks for."""
    if not server.client.code_action_literals:
        return []
    actions: list[types.CodeAction] = []
    if _wants(QUICK_FIX, only):
        first, last = _lines(asked)
        for finding in server.linter.findings(document):
            if finding.span.line <= last and first <= finding.span.end_line:
                actions += _for_finding(server, document, finding)
    if only and _wants(FIX_ALL, only):
        from kernelagent.lint.fixing import safe_edits

        edits, count = safe_edits(server.linter.current(document))
        if edits:
            title = f"Mend {count} finding{'s' * (count > 1)} of the linter"
            edit = _workspace_edit(server, document, edits)
            actions.append(types.CodeAction(title=title, kind=FIX_ALL, edit=edit))
    return actions


def _for_finding(server: Server, document: Document, finding: Finding) -> Iterator[types.CodeAction]:
    diagnostic = as_diagnostic(finding, document, server.client)
    silence = suppressing(document.text, finding)
    fixes = list(finding.fixes) if silence is None else [*finding.fixes, silence]
    for index, fix in enumerate(fixes):
        yield types.CodeAction(
            title=fix.title if fix is silence else f"{fix.title} ({finding.code})",
            kind=QUICK_FIX,
            diagnostics=[diagnostic],
            is_preferred=True if fix.safe and index == 0 else None,
            edit=_workspace_edit(server, document, fix.edits),
        )


def _workspace_edit(server: Server, document: Document, edits: Sequence[Edit]) -> types.WorkspaceEdit:
    """One edit, for this version of the document and no other."""
    changes = [as_text_edit(edit, document) for edit in edits]
    if not server.client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    change = types.TextDocumentEdit(text_document=identifier, edits=list(changes))
    return types.WorkspaceEdit(document_changes=[change])


def _lines(asked: Any) -> tuple[int, int]:
    """First and last line (1-based) of a range."""
    first = asked["start"]["line"] + 1
    end = asked.get("end")
    last = end.get("line") if isinstance(end, dict) else None
    return first, max(first, last + 1 if isinstance(last, int) else first)


def _wants(kind: str, only: Any) -> bool:
    """Kinds are hierarchical: ``source.fixAll`` asks for ``source.fixAll.kernelagent`` too."""
    if not isinstance(only, list):
        return kind == QUICK_FIX
    return any(kind == asked or kind.startswith(f"{asked}.") or asked == "" for asked in only)
