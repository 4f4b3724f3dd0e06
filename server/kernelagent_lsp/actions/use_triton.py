""" "Use the Triton version of Gate": offered on a class that has one, and that its file does not hand to it.

before:
    class Gate(nn.Module): ...
after:
    class Gate(nn.Module): ...


    from model_triton import GateTriton as Gate  # noqa: E402, F401, F811
"""

from __future__ import annotations

from kernelagent.static.wiring import is_wired

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer

KIND = f"{PREFIX}.useTriton"


def prepare(cursor: Cursor) -> Offer | None:
    name = cursor.module.name
    if cursor.is_busy or "." in name or cursor.kernel is None or is_wired(cursor.document.text, name):
        return None
    return Offer(f"Use the Triton version of {name}", KIND, "kernelagent.useTriton", cursor.argument)
