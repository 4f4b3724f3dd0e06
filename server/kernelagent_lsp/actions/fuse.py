""" "Fuse to Triton": offered on a class that is no kernel's, while nothing runs for it. Its command starts a job."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.fuse"
TITLE = "Fuse to Triton"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy or cursor.is_generated:
        return None
    return Offer(TITLE, KIND, "kernelagent.fuse", cursor.argument)
