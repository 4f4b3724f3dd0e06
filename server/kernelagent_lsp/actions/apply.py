""" "Apply the Triton kernel": offered while a verified kernel waits and the document is the one that was fused."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.edits.apply import is_applied
from kernelagent_lsp.jobs.job import Job

KIND = f"{PREFIX}.apply"
TITLE = "Apply the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    fused = waiting(cursor)
    return None if fused is None else Offer(TITLE, KIND, "kernelagent.apply", {"jobId": fused.id})


def waiting(cursor: Cursor) -> Job | None:
    """The class's verified kernel, unless it is applied, or was made from another text than there is now."""
    fused = cursor.standing
    if fused is None or cursor.document.text != fused.asked.text or is_applied(cursor.server, fused):
        return None
    return fused
