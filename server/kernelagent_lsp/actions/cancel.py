""" "Cancel fusing": offered on a class while a job runs for it."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.cancel"
TITLE = "Cancel fusing"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.job is None or cursor.job.is_over:
        return None
    return Offer(TITLE, KIND, "kernelagent.cancel", {"jobId": cursor.job.id})
