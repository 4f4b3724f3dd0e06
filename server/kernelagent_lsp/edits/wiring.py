"""Putting a class's Triton version in the class's place, and taking it away again.

before:
    class Gate(nn.Module): ...
after, where the kernel lies in a file of its own:
    class Gate(nn.Module): ...


    from model_triton import GateTriton as Gate  # noqa: E402, F401, F811
after, where it lies below the class:
    class Gate(nn.Module): ...
    class GateTriton(nn.Module): ...


    Gate = GateTriton

One statement (``kernel_import.py`` writes it), so that without it the original is there again; nothing in the file may
use the name, which is no reason to take the import away. ``kernelagent.static.wiring`` reads it, whatever comments it
has.
"""

from __future__ import annotations

from pathlib import Path

from kernelagent.static.indentation import unit_of
from kernelagent.static.parsing import parse
from kernelagent.static.wiring import Wiring, blank_below, originals, wiring_of
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column
from kernelagent_lsp.edits.difference import plan_difference
from kernelagent_lsp.edits.insertion import after_line, end_of, statement_of
from kernelagent_lsp.edits.kernel_import import import_of
from kernelagent_lsp.edits.plan import EditPlan, Impossible, newline_of, with_newlines


def plan_wired(document: Document, path: str, class_name: str, entry: str, kernel: Path) -> EditPlan | Impossible:
    """``entry`` of the file ``kernel`` in ``class_name``'s place. Where another one is there already, it gives way."""
    if "." in class_name:
        return Impossible(f"{class_name} is inside of a class: put {entry} in its place by hand.")
    try:
        module = parse(document.text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return Impossible("The document can't be parsed: put it right first.")
    is_inline = kernel == Path(path)
    if (standing := wiring_of(document.text, class_name)) is not None:
        rest = _plan(document, path, [_wiring_out(document, standing)]).after
        bare = Document(document.uri, document.language_id, document.version, rest, document.encoding)
        plan = plan_wired(bare, path, class_name, entry, kernel)
        return plan if isinstance(plan, Impossible) else plan_difference(document, path, plan.after)
    anchor = statement_of(module, entry if is_inline else class_name)
    if anchor is None:
        return Impossible(f"{class_name} is not in the document any more.")
    if is_inline:
        statement = f"{class_name} = {entry}"
    else:
        plain = parse(originals(document.text).removeprefix("\ufeff"))  # what was put there before tells nothing
        statement = import_of(plain, Path(path), class_name, entry, kernel, unit_of(document.text))
    end = end_of(document, anchor)
    after = next((node for node in module.body if node.lineno > end), None)
    blank = blank_below(after) if statement.startswith("from ") else 0
    if not blank:
        return _plan(document, path, [after_line(document, end, f"\n\n{statement}\n")])
    while not document.line(end).strip():
        end += 1
    return _plan(document, path, [after_line(document, end, f"{statement}\n" + "\n" * blank)])


def plan_unwired(document: Document, path: str, class_name: str) -> EditPlan | Impossible:
    """The original again."""
    standing = wiring_of(document.text, class_name)
    if standing is None:
        return Impossible(f"{class_name} is the original already.")
    return _plan(document, path, [_wiring_out(document, standing)])


def lines_out(document: Document, path: str, ranges: list[tuple[int, int]]) -> EditPlan:
    """Without the lines of ``ranges`` (1-based, both included, in order)."""
    return _plan(document, path, [_without(document, *each) for each in ranges])


def _plan(document: Document, path: str, edits: list[types.TextEdit]) -> EditPlan:
    newline = newline_of(document.text)
    edits = [types.TextEdit(edit.range, with_newlines(edit.new_text, newline)) for edit in edits]
    after = Document(document.uri, "python", 0, document.text, document.encoding)
    edits.sort(key=lambda edit: (edit.range.start.line, edit.range.start.character))
    after.change([types.TextDocumentContentChangePartial(edit.range, edit.new_text) for edit in reversed(edits)], 1)
    version = document.version or None
    return EditPlan(document.uri, path, version, False, tuple(edits), after.text)


def _wiring_out(document: Document, wiring: Wiring) -> types.TextEdit:
    return _without(document, *wiring.extent(document.lines))


def _without(document: Document, line: int, end_line: int) -> types.TextEdit:
    """Lines ``line`` to ``end_line`` (1-based) go."""
    begin = line - 1
    if end_line < len(document.lines):
        return types.TextEdit(types.Range(types.Position(begin, 0), types.Position(end_line, 0)), "")
    last = len(document.lines) - 1
    column = index_to_column(document.line(last), len(document.line(last)), document.encoding)
    return types.TextEdit(types.Range(types.Position(begin, 0), types.Position(last, column)), "")
