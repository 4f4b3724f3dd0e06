"""``textDocument/hover``: on a class, or a line that a class runs, what is known of it. Nothing is run for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from kernelagent_lsp.diagnostics.board import line_range
from kernelagent_lsp.surveys import hovers
from kernelagent_lsp.surveys.roofline import Roofline

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.HoverParams) -> types.Hover | None:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return None
    number = params.position.line + 1
    view = server.surveyed.view(document)
    roofline = Roofline(server.settings_of(document.uri).arch[0])
    markdown = server.client.hovers_markdown
    at_class = next((placed for placed in view.placed if placed.line == number), None)
    if at_class is not None:
        text = hovers.of_class(at_class, roofline, markdown=markdown)
    elif number in view.by_line:
        text = hovers.of_line(view.by_line[number], roofline, markdown=markdown)
    else:
        return None
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    return types.Hover(contents=types.MarkupContent(kind=kind, value=text), range=line_range(document, number - 1))
