"""The edits that make one text of another: the lines that differ, and nothing else."""

from __future__ import annotations

import difflib

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column, split_lines
from kernelagent_lsp.edits.insertion import after_line
from kernelagent_lsp.edits.plan import EditPlan, newline_of, whole_range, with_newlines


def plan_difference(document: Document, path: str, after: str) -> EditPlan:
    """``document`` with the text ``after``. Where it has that already, all of it is put in its own place."""
    edits = edits_to(document, after) or [types.TextEdit(whole_range(document), after)]
    return EditPlan(document.uri, path, document.version or None, False, tuple(edits), after)


def edits_to(document: Document, after: str) -> list[types.TextEdit]:
    """In the document's order, none touching another."""
    now, then = list(document.lines), list(split_lines(after))
    first = 0
    while first < min(len(now), len(then)) and now[first] == then[first]:
        first += 1
    same = 0
    while same < min(len(now), len(then)) - first and now[-1 - same] == then[-1 - same]:
        same += 1
    old, new = now[first : len(now) - same], then[first : len(then) - same]
    edits = []
    for tag, begin, end, its_begin, its_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        text = "".join(new[its_begin:its_end])
        if tag == "insert":
            edit = after_line(document, first + begin, text)
            edits.append(types.TextEdit(edit.range, with_newlines(edit.new_text, newline_of(document.text))))
        elif tag != "equal":
            edits.append(types.TextEdit(_lines(document, first + begin, first + end), text))
    return edits


def _lines(document: Document, begin: int, end: int) -> types.Range:
    """Lines ``begin`` to ``end`` (0-based, the last one not included)."""
    if end < len(document.lines):
        return types.Range(types.Position(begin, 0), types.Position(end, 0))
    last = len(document.lines) - 1
    column = index_to_column(document.line(last), len(document.line(last)), document.encoding)
    return types.Range(types.Position(begin, 0), types.Position(last, column))
