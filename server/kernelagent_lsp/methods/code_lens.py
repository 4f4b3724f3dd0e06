"""``textDocument/codeLens``: above each module class what can be done with it, where the user wants to see that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernelagent.driver.modules import ModuleClass
from lsprotocol import types

from kernelagent_lsp.actions import LENSES
from kernelagent_lsp.actions.offer import Cursor
from kernelagent_lsp.diagnostics.board import line_range
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.methods.did_open import is_python
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    document = server.documents.get(params.text_document.uri)
    if not server.settings.code_lens or document is None or not is_python(document):
        return []
    if uri_to_path(document.uri) is None:
        return []
    return [lens for module in server.modules.of(document).classes for lens in _lenses(server, document, module)]


def _lenses(server: Server, document: Document, module: ModuleClass) -> list[types.CodeLens]:
    cursor = Cursor(server, document, module, server.jobs.latest(document.uri, module.name))
    offers = [offer for prepare in LENSES if (offer := prepare(cursor)) is not None]
    return [
        types.CodeLens(
            range=line_range(document, module.line - 1),
            command=types.Command(title=offer.title, command=offer.command, arguments=[offer.argument]),
        )
        for offer in offers
    ]
