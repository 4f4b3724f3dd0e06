""" "Fuse again": the quick fix where a class, or what its verdict hangs on, has changed since its kernel was made."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import QUICK_FIX, Cursor, Offer

KIND = f"{QUICK_FIX}.fuse"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy or not (cursor.is_stale or cursor.is_in_doubt):
        return None
    return Offer("Fuse again", KIND, "kernelagent.fuse", cursor.argument)
