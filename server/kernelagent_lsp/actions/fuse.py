""" "Fuse to Triton": offered on a module class while nothing runs for it. Its command starts the job."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.fuse"
TITLE = "Fuse to Triton"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy:
        return None
    return Offer(TITLE, KIND, "kernelagent.fuse", cursor.argument)
