""" "Verify again": the quick fix where a class, or what its verdict hangs on, has changed since its kernel was made: it
may still be right."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import QUICK_FIX, Cursor, Offer

KIND = f"{QUICK_FIX}.verify"


def prepare(cursor: Cursor) -> Offer | None:
    is_wanted = cursor.is_stale or (cursor.is_in_doubt and cursor.kernel is not None)
    if cursor.is_busy or not is_wanted:
        return None
    return Offer("Verify again", KIND, "kernelagent.verify", cursor.argument)
