"""``textDocument/documentSymbol``: modules, their subgraphs, kernels; a tree where the client takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from kernelagent_lsp.methods.did_open import is_python
from kernelagent_lsp.surveys.symbols import as_list, as_tree, symbols

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(
    server: Server, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
    document = server.documents.get(params.text_document.uri)
    if document is None or not is_python(document):
        return []
    found = symbols(server.modules.of(document), server.surveyed.view(document))
    if server.client.symbols_in_trees:
        return [as_tree(symbol, document) for symbol in found]
    return [flat for symbol in found for flat in as_list(symbol, document)]
