""" "Verify the Triton kernel": offered on a class whose kernel file lies beside it."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.edits.sibling import existing_sibling
from kernelagent_lsp.uris import uri_to_path

KIND = f"{PREFIX}.verify"
TITLE = "Verify the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.job is not None and not cursor.job.is_over:
        return None
    path = uri_to_path(cursor.document.uri)
    if path is None or existing_sibling(cursor.server.documents, path, cursor.module.name) is None:
        return None
    return Offer(TITLE, KIND, "kernelagent.verify", cursor.argument)
