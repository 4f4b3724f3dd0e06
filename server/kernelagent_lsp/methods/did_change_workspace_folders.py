"""``workspace/didChangeWorkspaceFolders``: settings may differ in the new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.configuration.refresh import refresh

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    event = params.get("event") if isinstance(params, dict) else None
    added, removed = (_uris(event.get(name) if isinstance(event, dict) else None) for name in ("added", "removed"))
    kept = [uri for uri in server.book.folders if uri not in removed]
    server.book.folders = tuple(dict.fromkeys([*kept, *added]))
    if server.client.configuration:
        refresh(server, pushed=None)


def _uris(folders: Any) -> list[str]:
    found = [folder.get("uri") for folder in folders if isinstance(folder, dict)] if isinstance(folders, list) else []
    return [uri for uri in found if isinstance(uri, str)]
