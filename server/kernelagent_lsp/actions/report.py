""" "Show the fusing report": offered once there is one."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.report"
TITLE = "Show the fusing report"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.job is None or cursor.job.report is None:
        return None
    return Offer(TITLE, KIND, "kernelagent.report", {"jobId": cursor.job.id})
