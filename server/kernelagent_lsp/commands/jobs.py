"""``kernelagent.jobs {}`` → ``{jobs: [{jobId, uri, class, state, stage, elapsedS, cost}]}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument
from kernelagent_lsp.jobs.job import Job

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    return {"jobs": [_row(job) for job in server.jobs.all()]}


def _row(job: Job) -> dict[str, Any]:
    return {
        "jobId": job.id,
        "uri": job.asked.uri,
        "class": job.asked.class_name,
        "kind": job.asked.kind,
        "state": job.state,
        "stage": job.stage,
        "elapsedS": round(job.elapsed_s, 3),
        "cost": {"usd": job.usd},
    }
