""" "Apply the Triton kernel": offered while a verified kernel waits and the document is the one that was fused."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.edits.apply import is_applied

KIND = f"{PREFIX}.apply"
TITLE = "Apply the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    fused = cursor.standing
    if fused is None or cursor.document.text != fused.asked.text or is_applied(cursor.server, fused):
        return None
    return Offer(TITLE, KIND, "kernelagent.apply", {"jobId": fused.id})
