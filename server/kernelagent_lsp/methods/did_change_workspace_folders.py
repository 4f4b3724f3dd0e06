"""``workspace/didChangeWorkspaceFolders``: nothing hangs on folders; settings may differ in the new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.configuration.refresh import refresh

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    if server.client.configuration:
        refresh(server, pushed=None)
