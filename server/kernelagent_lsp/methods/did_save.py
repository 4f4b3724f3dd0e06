"""``textDocument/didSave``: nothing hangs on a file being saved; jobs read the buffer's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    return None
