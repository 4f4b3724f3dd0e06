"""``kernelagent.jobs {}`` → ``{jobs: [...]}``, oldest first, each with ``jobId``, ``uri``, ``class``, ``kind``,
``state``, ``stage``, ``stages``, ``message``, ``elapsedS``, ``cost``, ``applied`` and ``report``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument
from kernelagent_lsp.edits.apply import is_applied
from kernelagent_lsp.jobs.job import Job

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    return {"jobs": [_row(server, job) for job in server.jobs.all()]}


def _row(server: Server, job: Job) -> dict[str, Any]:
    return {
        "jobId": job.id,
        "uri": job.asked.uri,
        "class": job.asked.class_name,
        "kind": job.asked.kind,
        "state": job.state,
        "stage": job.stage,
        "stages": [{"stage": stage, "startedS": round(started, 3)} for stage, started in job.stages],
        "message": server.presenter.message(job),
        "elapsedS": round(job.elapsed_s, 3),
        "cost": {"usd": job.usd},
        "applied": is_applied(server, job),
        "report": None if job.report is None else job.report.as_uri(),
    }
