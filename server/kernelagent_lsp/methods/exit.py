"""``exit``: the process ends, with 0 after ``shutdown`` and 1 without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    server.end("exit")
