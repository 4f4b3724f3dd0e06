""" "Add example inputs" once more: the quick fix where a job found that a class has none."""

from __future__ import annotations

from kernelagent.errors import NoExampleInputs

from kernelagent_lsp.actions import add_example_inputs
from kernelagent_lsp.actions.offer import QUICK_FIX, Cursor, Offer

KIND = f"{QUICK_FIX}.addExampleInputs"


def prepare(cursor: Cursor) -> Offer | None:
    if add_example_inputs.prepare(cursor) is None:
        return None
    name = NoExampleInputs.__name__
    if not cursor.server.diagnostics.speaks_of(cursor.document, cursor.module.name, name):
        return None
    return Offer(add_example_inputs.TITLE, KIND, "kernelagent.addExampleInputs", cursor.argument, name)
