""" "Show the fusing report": offered once there is one."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.report"
TITLE = "Show the fusing report"


def prepare(cursor: Cursor) -> Offer | None:
    for job in (cursor.job, cursor.standing):
        if job is not None and job.report is not None:
            return Offer(TITLE, KIND, "kernelagent.report", {"jobId": job.id})
    return None
