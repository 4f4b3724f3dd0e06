"""Where lines go in a Python file: below a class, behind a logical line, as lines of their own."""

from __future__ import annotations

import ast
import tokenize

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import content_length, index_to_column


def statement_of(module: ast.Module, class_name: str) -> ast.stmt | None:
    """The top-level statement that holds ``class_name`` (dotted for a class inside a class)."""
    first = class_name.partition(".")[0]
    for node in module.body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.ClassDef) and inner.name == first:
                return node
    return None


def logical_end(document: Document, line: int) -> int:
    """The line on which the logical line ends that ``line`` belongs to: a further statement may stand behind a ``;``
    there and go on below."""
    if line == 0:
        return 0
    lines = (text.removeprefix("\ufeff").rstrip("\r\n") + "\n" for text in document.lines)
    tokens = tokenize.generate_tokens(lambda: next(lines, ""))
    return next((each.start[0] for each in tokens if each.type == tokenize.NEWLINE and each.start[0] >= line), line)


def after_line(document: Document, line: int, text: str) -> types.TextEdit:
    """Insert ``text`` as lines of their own after line ``line`` (1-based)."""
    lines = document.lines
    if line == 0 or line < len(lines) - 1 or (line < len(lines) and lines[-1]):
        place = types.Position(line, 0)
        return types.TextEdit(types.Range(place, place), text)
    # Neovim 0.10 has no place behind the last line end and makes a line of its own: it has one behind the last text.
    last = min(line, len(lines)) - 1
    column = index_to_column(lines[last], content_length(lines[last]), document.encoding)
    place = types.Position(last, column)
    ends = line < len(lines)
    return types.TextEdit(types.Range(place, place), "\n" + (text.removesuffix("\n") if ends else text))
