"""``textDocument/didChange``: the edits are made to our copy."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

logger = logging.getLogger(__name__)


def handle(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        logger.warning("A change of a document that is not open was ignored.")
        return
    document.change(list(params.content_changes), params.text_document.version)
    server.diagnostics.document_changed(document.uri)
    server.linter.document_changed(document)
    server.directives.document_changed(document)
    server.staleness.document_changed(document.uri)
    server.surveys.changed(document)
