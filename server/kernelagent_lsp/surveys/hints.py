"""Shapes and dtypes of what the lines of ``forward`` assign, as inlay hints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column
from kernelagent_lsp.surveys.board import View
from kernelagent_lsp.surveys.wording import tensor_of


def hints(document: Document, view: View, first: int, last: int) -> Iterator[types.InlayHint]:
    """For the lines from ``first`` to ``last`` (0-based). A line that is run with several shapes has none."""
    for number in sorted(view.by_line):
        if not first <= number - 1 <= last:
            continue
        line = document.line(number - 1)
        given = {
            (node.gives.name, tensor_of(node.gives))
            for row in view.by_line[number]
            for node in row.nodes
            if node.gives is not None and node.gives.name
        }
        if len(given) != 1:
            continue
        ((name, value),) = given
        assigned = re.match(rf"\s*{re.escape(name)}(?=\s*(?:[-+*/@%&|^]|//|\*\*|<<|>>)?=(?!=))", line)
        if assigned is not None:
            place = types.Position(number - 1, index_to_column(line, assigned.end(), document.encoding))
            yield types.InlayHint(position=place, label=f": {value}", kind=types.InlayHintKind.Type, padding_left=False)
