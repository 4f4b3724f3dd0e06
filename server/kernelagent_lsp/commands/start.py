"""Starting a job from a command, with the settings that the user has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.configuration.refresh import settled
from kernelagent_lsp.jobs.job import Asked, Job
from kernelagent_lsp.jobs.table import Work

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def start(server: Server, asked: Asked, work: Work) -> dict[str, Any]:
    """``{jobId}`` at once; where the editor has been asked for its settings and has not answered yet, the job waits
    for them: an editor on a busy machine may need seconds, and may answer nothing before it has heard of the job."""
    waits = server.settings_awaited
    job = server.jobs.start(asked, work, is_held=waits)
    if waits:
        server.follow_ups.start(_release(server, job))
    return {"jobId": job.id}


async def _release(server: Server, job: Job) -> None:
    await settled(server)
    server.jobs.release(job, server.settings_of(job.asked.uri))
