"""What the connected client can do, resolved once from what it said at ``initialize``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernelagent_lsp.documents.lines import Encoding


@dataclass(frozen=True)
class Client:
    """Capabilities that this server asks about. Read from raw JSON: a client newer than our protocol model, with an
    enumeration value that the model does not know, is no reason to refuse it."""

    name: str = ""
    encoding: Encoding = Encoding.UTF16
    work_done_progress: bool = False
    configuration: bool = False
    """It answers ``workspace/configuration``."""
    registers_configuration: bool = False
    """``workspace/didChangeConfiguration`` can be registered with it."""
    watches_files: bool = False
    """``workspace/didChangeWatchedFiles`` can be registered with it."""
    code_action_literals: bool = False
    """It takes code actions, not only commands."""
    apply_edit: bool = False
    document_changes: bool = False
    snippet_edits: bool = False
    """A workspace edit may hold snippets."""
    creates_files: bool = False
    """It executes ``CreateFile`` in a workspace edit."""
    deletes_files: bool = False
    show_document: bool = False
    refreshes_lenses: bool = False
    hovers: bool = False
    hovers_markdown: bool = False
    """It takes Markdown in a hover; plain text else."""
    inlay_hints: bool = False
    refreshes_inlay_hints: bool = False
    symbols: bool = False
    symbols_in_trees: bool = False
    """Document symbols may have children."""
    diagnostics_related: bool = False
    diagnostics_version: bool = False
    diagnostics_code_description: bool = False
    diagnostics_data: bool = False
    diagnostics_tags: frozenset[int] = frozenset()
    """Numbers of the tags that it shows."""


def resolve_client(params: dict[str, Any]) -> Client:
    """Read the params of ``initialize``. Anything missing or misshapen counts as "can't"."""
    capabilities = params.get("capabilities")

    def has(path: str) -> Any:
        value: Any = capabilities
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    info = params.get("clientInfo")
    formats = has("textDocument.hover.contentFormat")
    operations = has("workspace.workspaceEdit.resourceOperations")
    return Client(
        name=str(info.get("name", "")) if isinstance(info, dict) else "",
        encoding=_agree_encoding(has("general.positionEncodings")),
        work_done_progress=has("window.workDoneProgress") is True,
        configuration=has("workspace.configuration") is True,
        registers_configuration=has("workspace.didChangeConfiguration.dynamicRegistration") is True,
        watches_files=has("workspace.didChangeWatchedFiles.dynamicRegistration") is True,
        code_action_literals=isinstance(has("textDocument.codeAction.codeActionLiteralSupport"), dict),
        apply_edit=has("workspace.applyEdit") is True,
        # Neovim 0.11 names its resource operations, which only documentChanges can hold, and forgets these.
        document_changes=has("workspace.workspaceEdit.documentChanges") is True or bool(operations),
        snippet_edits=has("workspace.workspaceEdit.snippetEditSupport") is True,
        creates_files=isinstance(operations, list) and "create" in operations,
        deletes_files=isinstance(operations, list) and "delete" in operations,
        show_document=has("window.showDocument.support") is True,
        refreshes_lenses=has("workspace.codeLens.refreshSupport") is True,
        hovers=isinstance(has("textDocument.hover"), dict),
        hovers_markdown="markdown" in (formats if isinstance(formats, list) else ()),
        inlay_hints=isinstance(has("textDocument.inlayHint"), dict),
        refreshes_inlay_hints=has("workspace.inlayHint.refreshSupport") is True,
        symbols=isinstance(has("textDocument.documentSymbol"), dict),
        symbols_in_trees=has("textDocument.documentSymbol.hierarchicalDocumentSymbolSupport") is True,
        diagnostics_related=has("textDocument.publishDiagnostics.relatedInformation") is True,
        diagnostics_version=has("textDocument.publishDiagnostics.versionSupport") is True,
        diagnostics_code_description=has("textDocument.publishDiagnostics.codeDescriptionSupport") is True,
        diagnostics_data=has("textDocument.publishDiagnostics.dataSupport") is True,
        diagnostics_tags=_numbers(has("textDocument.publishDiagnostics.tagSupport.valueSet")),
    )


def _numbers(value: Any) -> frozenset[int]:
    return frozenset(item for item in value if isinstance(item, int)) if isinstance(value, list) else frozenset()


def _agree_encoding(offered: Any) -> Encoding:
    """The first that the client offers and we know; utf-16 where it offers none."""
    known = {encoding.value: encoding for encoding in Encoding}
    if isinstance(offered, list):
        for name in offered:
            if isinstance(name, str) and name in known:
                return known[name]
    return Encoding.UTF16
