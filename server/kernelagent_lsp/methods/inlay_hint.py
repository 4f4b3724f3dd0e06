"""``textDocument/inlayHint``: shapes in the lines of ``forward``, where the user wants to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from kernelagent_lsp.surveys.hints import hints

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    document = server.documents.get(params.text_document.uri)
    if document is None or not server.settings_of(document.uri).inlay_hints:
        return []
    view = server.surveyed.view(document)
    return list(hints(document, view, params.range.start.line, params.range.end.line))
