""" "Add example inputs": offered on a class where the file does not say what ``forward`` takes.

before:
    class Scale(nn.Module):
        def forward(self, x): ...
after:
    # kernelagent: inputs=(torch.randn(8, 64),), init=()
    class Scale(nn.Module):
        def forward(self, x): ...
"""

from __future__ import annotations

import re

from kernelagent_lsp.actions.offer import PREFIX, Cursor, Offer
from kernelagent_lsp.edits.example_inputs import has_directive

KIND = f"{PREFIX}.addExampleInputs"
TITLE = "Add example inputs"

_GET_INPUTS = re.compile(r"^def get_inputs\b", re.MULTILINE)


def prepare(cursor: Cursor) -> Offer | None:
    if (
        cursor.is_generated
        or _GET_INPUTS.search(cursor.document.text)
        or has_directive(cursor.document, cursor.module.line)
    ):
        return None
    return Offer(TITLE, KIND, "kernelagent.addExampleInputs", cursor.argument)
