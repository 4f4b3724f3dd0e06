"""``kernelagent.apply {jobId}`` → ``{applied, reason}``, once the editor has answered and the text was read back.

Where it was not applied the user is told why as well, with a click that fuses anew where that would help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument, job_of
from kernelagent_lsp.edits.apply import apply_job

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def run(server: Server, argument: Argument) -> dict[str, Any]:
    job = job_of(server, argument)
    if "jobId" not in argument.values:  # the class's kernel, whatever was asked for since
        job = server.jobs.standing(job.asked.uri, job.asked.class_name) or job
    answer = await apply_job(server, job)
    if not answer.applied:
        server.presenter.not_applied(job, answer)
    return {"applied": answer.applied, "reason": answer.reason}
