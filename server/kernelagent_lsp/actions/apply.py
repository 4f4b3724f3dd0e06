""" "Apply the Triton kernel": offered while a verified kernel waits and its class stands as it was fused.

Whether what the class uses stands so, too, is found out when it is applied: that takes reading all of the file.
"""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.edits.apply import is_applied
from kernelagent_lsp.jobs.job import Fused, Job
from kernelagent_lsp.jobs.made_from import class_lines

KIND = f"{PREFIX}.apply"
TITLE = "Apply the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    fused = waiting(cursor)
    return None if fused is None else Offer(TITLE, KIND, "kernelagent.apply", {"jobId": fused.id})


def waiting(cursor: Cursor) -> Job | None:
    """The class's verified kernel, unless it is applied, or was made from another class than there is now."""
    fused = cursor.standing
    if fused is None or not _stands(cursor, fused) or is_applied(cursor.server, fused):
        return None
    return fused


def _stands(cursor: Cursor, fused: Job) -> bool:
    document, module = cursor.document, cursor.module
    if document.text == fused.asked.text:
        return True
    was = fused.outcome.made_from if isinstance(fused.outcome, Fused) else None
    return was is not None and was.lines == class_lines(document.lines, module.line, module.end_line)
