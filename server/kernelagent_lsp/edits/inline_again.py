"""``output = inline`` once more: a newer kernel below its class, in the place of the one that was made before.

before:
    class Gate(torch.nn.Module): ...        # changed since
    # source: model.py::Gate 5f2c81d0a94e
    class GateTriton(torch.nn.Module): ...
after:
    class Gate(torch.nn.Module): ...
    # source: model.py::Gate 07b9de6c412a
    class GateTriton(torch.nn.Module): ...

Only while the older one is what a run composed, comments included: what somebody has changed is its author's. How it is
laid out does not matter, as formatters settle that.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kernelagent.static.bindings import bindings
from kernelagent.static.needed import needed_by
from kernelagent.static.parsing import parse
from kernelagent.static.provenance import provenances
from kernelagent.static.wiring import wiring_of

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.difference import plan_difference
from kernelagent_lsp.edits.inline import body_of, inline_into
from kernelagent_lsp.edits.names import suffix_of
from kernelagent_lsp.edits.out_of_file import class_of, leaving_with, without
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Placing
from kernelagent_lsp.edits.taken_out import comments_in, is_source, taken_out
from kernelagent_lsp.edits.wiring import plan_wired


def plan_inline(documents: DocumentStore, placing: Placing, composed: Iterable[str] = ()) -> EditPlan | Impossible:
    """The kernel into the module's own file, below its class. ``composed``: what runs have made for the class."""
    document = documents.get(placing.uri)
    before = document or Document(placing.uri, "python", 0, placing.text, documents.encoding)
    module = parse(before.text.removeprefix("\ufeff"))
    is_there = placing.entry in bindings(module.body)
    if is_there and any(each.entry == placing.entry for each in provenances(before.text)):
        plan = _in_its_place(before, module, placing, composed)
    else:
        plan = inline_into(before, placing)
    return plan if isinstance(plan, Impossible) else replace(plan, version=document.version if document else None)


def _in_its_place(
    before: Document, module: ast.Module, placing: Placing, composed: Iterable[str]
) -> EditPlan | Impossible:
    entry, wiring = placing.entry, wiring_of(before.text, placing.class_name)
    if wiring is not None and not wiring.is_in_force:
        wiring = None
    wired = [node for node in module.body if wiring is not None and node.lineno == wiring.line]
    its_class = class_of(module.body, entry)
    leaving = leaving_with(module, entry, [*wired, *([its_class] if its_class is not None else [])])
    older = [node for node in leaving if node not in wired]
    known = next((text for text in composed if _is_as_composed(before, module, older, entry, text)), None)
    if known is None:
        return Impossible(
            f"{entry} was changed by hand, or was not made here: remove the Triton version of {placing.class_name} "
            "first, or set kernelagent.output to sibling."
        )
    rest = without(before, placing.path, module, leaving, comments_in(known)).after
    newer = inline_into(_text(before, rest), placing)
    if isinstance(newer, EditPlan) and wiring is not None:
        newer = plan_wired(_text(before, newer.after), placing.path, placing.class_name, entry, Path(placing.path))
    return newer if isinstance(newer, Impossible) else plan_difference(before, placing.path, newer.after)


def _text(document: Document, text: str) -> Document:
    return Document(document.uri, document.language_id, document.version, text, document.encoding)


def _is_as_composed(
    document: Document, module: ast.Module, older: Sequence[ast.stmt], entry: str, composed: str
) -> bool:
    try:
        body = body_of(composed, needed_by(parse(composed), entry))
    except (SyntaxError, ValueError):
        return False
    lines = document.lines
    ranges = taken_out(lines, module, older, comments_in(composed))
    there = "".join(line for first, last in ranges for line in lines[first - 1 : last])
    return _essence(there.replace("\r\n", "\n").replace("\r", "\n"), entry) == _essence(body, entry)


def _essence(text: str, entry: str) -> tuple[str, list[str]]:
    """The statements, under the names that they have where all are free, and the comments in their order."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT]
    return ast.dump(parse(text)).replace(suffix_of(entry), ""), [each for each in comments if not is_source(each)]
