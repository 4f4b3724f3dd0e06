"""``textDocument/didClose``: the file on disk counts again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    document = server.documents.close(params.text_document.uri)
    if document is not None:
        server.surveys.closed(document)
        server.linter.document_closed(document)
        server.directives.document_closed(document)
        server.staleness.document_closed(document.uri)
