"""``kernelagent.discard {jobId}`` → ``{discarded}``: the kernel is not offered any more. Its run stays on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument, job_of

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    job = job_of(server, argument)
    discarded = server.jobs.discard(job)
    if discarded:
        server.presenter.discarded(job)
    return {"discarded": discarded}
