""" "Benchmark the Triton kernel": offered on a class that has one. Timing needs a GPU; without one the job says so."""

from __future__ import annotations

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.benchmark"
TITLE = "Benchmark the Triton kernel"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy or cursor.kernel is None:
        return None
    return Offer(TITLE, KIND, "kernelagent.benchmark", cursor.argument)
