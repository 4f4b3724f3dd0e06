"""``initialize``: what the client can do is resolved once, and what the server can do is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent import __version__
from lsprotocol import types

from kernelagent_lsp.actions import KINDS
from kernelagent_lsp.client import resolve_client
from kernelagent_lsp.commands import COMMANDS
from kernelagent_lsp.configuration.options import read_options
from kernelagent_lsp.linting.quick_fixes import KINDS as LINT_KINDS
from kernelagent_lsp.parent import watch
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> types.InitializeResult:
    if not isinstance(params, dict):
        raise invalid_params("initialize takes an object.")
    server.client = resolve_client(params)
    server.documents.encoding = server.client.encoding
    server.book.initialization = read_options(params.get("initializationOptions"))
    server.book.folders = _folders(params)
    process_id = params.get("processId")
    if isinstance(process_id, int) and not isinstance(process_id, bool):
        watch(process_id, lambda: server.end("the client's process ended"))
    server.protocol.lifecycle.initialized = True
    return types.InitializeResult(
        capabilities=_capabilities(server),
        server_info=types.ServerInfo(name="kernelagent-lsp", version=__version__),
    )


def _folders(params: dict[str, Any]) -> tuple[str, ...]:
    """URIs of the workspace's folders; the root of a client that knows no folders."""
    given = params.get("workspaceFolders")
    uris = [folder.get("uri") for folder in given if isinstance(folder, dict)] if isinstance(given, list) else []
    uris = uris or [params.get("rootUri")]
    return tuple(dict.fromkeys(uri for uri in uris if isinstance(uri, str)))


def _capabilities(server: Server) -> types.ServerCapabilities:
    literals = server.client.code_action_literals
    return types.ServerCapabilities(
        position_encoding=types.PositionEncodingKind(server.client.encoding.value),
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True,
            change=types.TextDocumentSyncKind.Incremental,
            save=types.SaveOptions(include_text=False),
        ),
        code_action_provider=types.CodeActionOptions(code_action_kinds=[*KINDS, *LINT_KINDS]) if literals else True,
        code_lens_provider=types.CodeLensOptions(resolve_provider=False),
        hover_provider=True if server.client.hovers else None,
        inlay_hint_provider=types.InlayHintOptions(resolve_provider=False) if server.client.inlay_hints else None,
        document_symbol_provider=types.DocumentSymbolOptions(label="KernelAgent") if server.client.symbols else None,
        execute_command_provider=types.ExecuteCommandOptions(commands=list(COMMANDS)),
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
        ),
    )
