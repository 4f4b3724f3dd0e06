"""``textDocument/didOpen``: the document is the client's from now on; workers warm up where that will pay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from kernelagent_lsp.configuration.refresh import complain, settled
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.jobs.restored import restore
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

PORTION_S = 0.01
"""How long the loop may parse ahead in one turn."""

_MENTIONS_TORCH = re.compile(r"^\s*(?:import|from)\s+torch\b", re.MULTILINE)


def handle(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    opened = params.text_document
    document = server.documents.open(opened.uri, str(opened.language_id), opened.version, opened.text)
    server.diagnostics.document_changed(document.uri)
    server.linter.document_changed(document, 0)
    server.directives.document_changed(document, 0)
    server.staleness.look(document.uri)
    server.dependencies.look()
    complain(server, server.book.problems_of(document.uri))
    server.surveys.opened(document)
    path = uri_to_path(document.uri)
    if path is not None and is_python(document) and _MENTIONS_TORCH.search(document.text):
        settings = server.settings_of(document.uri)
        server.pools.warm(settings.interpreter, path, settings.remote)
        _parse_ahead(server, document)
        server.follow_ups.start(_restore(server, document, path))


async def _restore(server: Server, document: Document, path: str) -> None:
    """Once the user's settings are known, which say where runs lie."""
    if server.settings_awaited:
        await settled(server)
    names = frozenset(found.name for found in server.modules.of(document).classes)
    await restore(server, document.uri, path, names)


def _parse_ahead(server: Server, document: Document) -> None:
    """Parse a long file in small portions between other work, so that its first menu comes at once."""
    if server.documents.get(document.uri) is document and not server.modules.parse_ahead(document, PORTION_S):
        server.loop.call_later(0, _parse_ahead, server, document)


def is_python(document: Document) -> bool:
    return document.language_id == "python" or document.uri.endswith(".py")
