""" "Remove the Triton version of Gate": offered on a class that has one which says that it was made here."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.remove"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy or cursor.kernel is None or cursor.kernel.provenance is None:
        return None
    return Offer(f"Remove the Triton version of {cursor.module.name}", KIND, "kernelagent.remove", cursor.argument)
