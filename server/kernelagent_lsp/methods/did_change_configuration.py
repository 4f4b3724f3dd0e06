"""``workspace/didChangeConfiguration``: settings are asked for again, or taken from the notification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.configuration.refresh import refresh

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    refresh(server, pushed=params.get("settings") if isinstance(params, dict) else None)
