"""``shutdown``: jobs are cancelled, open requests answered, workers let go; the process ends with ``exit``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    server.protocol.lifecycle.shut_down = True
    server.protocol.cancel_open_requests()
    server.jobs.cancel_all()
    server.surveys.cancel()
    threading.Thread(target=server.pools.close, name="close workers", daemon=True).start()
