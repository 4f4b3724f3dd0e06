"""``$/setTrace``: heard, and without effect; what there is to trace would hold documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    return None
