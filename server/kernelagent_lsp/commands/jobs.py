"""``kernelagent.jobs {}`` → ``{jobs: [...]}``, oldest first, each with ``jobId``, ``uri``, ``class``, ``kind``,
``state``, ``stage``, ``stages``, ``message``, ``elapsedS``, ``cost``, ``applied``, ``offered``, ``discarded``,
``report`` and ``runDirectory``.

``offered``: the job's kernel waits to be reviewed, applied or discarded. It does not while it is applied, once it was
discarded, and once a later kernel of its class was verified.
"""

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
    applied = is_applied(server, job)
    stands = server.jobs.standing(job.asked.uri, job.asked.class_name) is job
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
        "applied": applied,
        "offered": stands and not applied,
        "discarded": job.is_discarded,
        "report": None if job.report is None else job.report.as_uri(),
        "runDirectory": None if job.run_dir is None else job.run_dir.as_uri(),
    }
