"""``kernelagent.cancel {jobId}`` or ``{uri, class}`` → ``{cancelled}``: whether there was anything to cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument, job_of

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    return {"cancelled": server.jobs.cancel(job_of(server, argument))}
