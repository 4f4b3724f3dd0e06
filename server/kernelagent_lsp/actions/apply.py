""" "Apply the Triton kernel": offered while a verified kernel waits and the document is the one that was fused."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.apply"
TITLE = "Apply the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.job is None or cursor.job.state != "verified" or cursor.job.asked.kind != "fuse" or cursor.job.applied:
        return None
    if cursor.document.text != cursor.job.asked.text:
        return None
    return Offer(TITLE, KIND, "kernelagent.apply", {"jobId": cursor.job.id})
