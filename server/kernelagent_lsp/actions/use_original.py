""" "Use the original Gate": offered on a class that its file hands to a Triton version.

before:
    class Gate(nn.Module): ...


    from model_triton import GateTriton as Gate  # noqa: E402, F401, F811
after:
    class Gate(nn.Module): ...
"""

from __future__ import annotations

from kernelagent.static.wiring import is_wired

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.useOriginal"


def prepare(cursor: Cursor) -> Offer | None:
    if cursor.is_busy or not is_wired(cursor.document.text, cursor.module.name):
        return None
    return Offer(f"Use the original {cursor.module.name}", KIND, "kernelagent.useOriginal", cursor.argument)
