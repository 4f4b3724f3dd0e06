""" "Discard the Triton kernel": offered while a verified kernel waits. Its run stays on disk."""

from __future__ import annotations

from kernelagent_lsp.actions.apply import waiting
from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.discard"
TITLE = "Discard the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    fused = waiting(cursor)
    return None if fused is None else Offer(TITLE, KIND, "kernelagent.discard", {"jobId": fused.id})
