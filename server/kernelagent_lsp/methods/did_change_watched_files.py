"""``workspace/didChangeWatchedFiles``: verdicts are held against what their modules import and read, as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    """Which files it names decides nothing: a client may leave some out."""
    server.dependencies.look()
