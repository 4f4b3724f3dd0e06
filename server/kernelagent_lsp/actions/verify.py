""" "Verify the Triton kernel": offered on a class that has one; "again" once there is a verdict."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.jobs.job import Fused, Judged

KIND = f"{PREFIX}.verify"
TITLE = "Verify the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy or cursor.kernel is None:
        return None
    has_verdict = cursor.job is not None and isinstance(cursor.job.outcome, (Fused, Judged))
    return Offer(f"{TITLE} again" if has_verdict else TITLE, KIND, "kernelagent.verify", cursor.argument)
