""" "Review the Triton kernel": offered while a verified kernel waits. It shows what "Apply" would change."""

from __future__ import annotations

from kernelagent_lsp.actions.apply import waiting
from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.review"
TITLE = "Review the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    fused = waiting(cursor)
    return None if fused is None else Offer(TITLE, KIND, "kernelagent.review", {"jobId": fused.id})
