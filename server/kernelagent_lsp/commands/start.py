"""Starting a job from a command, with the settings that the user has."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from kernelagent_lsp.configuration.refresh import settled
from kernelagent_lsp.jobs.job import Asked
from kernelagent_lsp.jobs.table import Work

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def start(server: Server, asked: Asked, work: Work) -> dict[str, Any] | Awaitable[dict[str, Any]]:
    """``{jobId}`` at once; where the editor has been asked for its settings and has not answered yet, after that."""
    if not server.settings_awaited:
        return {"jobId": server.jobs.start(asked, work).id}

    async def later() -> dict[str, Any]:
        await settled(server)
        now = dataclasses.replace(asked, settings=server.settings_of(asked.uri))
        return {"jobId": server.jobs.start(now, work).id}

    return later()
