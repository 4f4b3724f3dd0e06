"""``textDocument/didSave``: what the file's modules would gain is looked at anew, and every verdict that hangs on it.
Jobs read the buffer's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    server.dependencies.look()
    document = server.documents.get(params.text_document.uri)
    if document is not None:
        server.surveys.saved(document)
