""" "Cancel fusing" (verifying, timing): offered on a class while a job runs for it."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.jobs.job import Kind

KIND = f"{PREFIX}.cancel"
TITLES: dict[Kind, str] = {"fuse": "Cancel fusing", "verify": "Cancel verifying", "benchmark": "Cancel timing"}


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.job is None or not cursor.is_busy:
        return None
    return Offer(TITLES[cursor.job.asked.kind], KIND, "kernelagent.cancel", {"jobId": cursor.job.id})
