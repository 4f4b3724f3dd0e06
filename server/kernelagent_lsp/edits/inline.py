"""``output = inline``: kernels and module class beside the class that they were made from, imports merged.

before:
    import torch
    class Gate(torch.nn.Module): ...
after:
    import torch
    import triton
    class Gate(torch.nn.Module): ...
    @triton.jit
    def gate_kernel(...): ...
    class GateTriton(torch.nn.Module): ...

Only what the module class needs is taken over: the file's self-check stays in the run directory. It is indented as the
document is.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from kernelagent.static.bindings import bindings, imports_in, loaded_by
from kernelagent.static.indentation import indented_by, unit_of
from kernelagent.static.needed import needed_by, statement
from kernelagent.static.parsing import parse
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.import_places import import_places
from kernelagent_lsp.edits.insertion import after_line, end_of, logical_end, statement_of
from kernelagent_lsp.edits.names import Clash, renamed, suffix_of
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Placing, newline_of, with_newlines


def inline_into(before: Document, placing: Placing) -> EditPlan | Impossible:
    """The kernel into the text of ``before``, below its class. Its module class must not be there yet."""
    entry = placing.entry
    module = parse(before.text.removeprefix("\ufeff"))
    anchor = statement_of(module, placing.class_name)
    if anchor is None:
        return Impossible(f"{placing.class_name} is not in the document any more: fuse it again.")
    if entry in bindings(module.body):
        return Impossible(f"The document defines {entry} already: delete it, or set kernelagent.output to sibling.")
    try:
        imports, body = _parts(placing.kernel, entry, module, anchor)
    except Clash as exc:
        return Impossible(f"{exc} Set kernelagent.output to sibling.")
    newline = newline_of(before.text)
    body = indented_by(unit_of(before.text), body)
    edits = [after_line(before, end_of(before, anchor), f"\n\n{body}\n")]
    above = module.body[: module.body.index(anchor)]
    for place in import_places(above, imports, _first_place(module, anchor)):
        edits.append(after_line(before, logical_end(before, place.after), place.text))
    edits.sort(key=lambda edit: (edit.range.start.line, edit.range.start.character))
    edits = [types.TextEdit(edit.range, with_newlines(edit.new_text, newline)) for edit in edits]
    after = Document(before.uri, "python", 0, before.text, before.encoding)
    after.change([types.TextDocumentContentChangePartial(edit.range, edit.new_text) for edit in reversed(edits)], 1)
    return EditPlan(
        uri=before.uri,
        path=placing.path,
        version=before.version or None,
        creates=False,
        edits=tuple(edits),
        after=after.text,
    )


def _parts(kernel: str, entry: str, module: ast.Module, anchor: ast.stmt) -> tuple[list[str], str]:
    """The import lines that ``module`` lacks above ``anchor``, and the text of ``kernel``'s statements that ``entry``
    needs. Raises :class:`Clash`."""
    suffix = suffix_of(entry)
    tree = parse(kernel)
    keep = needed_by(tree, entry)
    own = {name for node in keep if not _is_import(node) for name in statement(node).bound}
    taken = bindings(module.body)
    kernel = renamed(kernel, {name: name + suffix for name in own & set(taken)})
    keep = needed_by(parse(kernel), entry)
    above = module.body[: module.body.index(anchor)]
    bound, loaded = bindings(above), loaded_by(above)
    missing = []
    for needed in (each for node in keep for each in imports_in(node)):
        if needed.name in taken and taken[needed.name].meanings != {needed.meaning}:
            raise Clash(f"The document uses the name {needed.name} for something else than the kernel does.")
        is_bound = needed.name in bound and bound[needed.name].certain
        # ``import torch.nn`` binds ``torch``, as others do, and loads more than they do.
        if not is_bound or (needed.loads.startswith(f"{needed.meaning}.") and needed.loads not in loaded):
            missing.append(needed.line)
    return missing, body_of(kernel, keep)


def body_of(kernel: str, keep: Collection[ast.stmt]) -> str:
    """The text of ``kernel`` from which the statements ``keep`` come, with what is written above each; no imports."""
    lines = kernel.split("\n")
    ends = [0, *(node.end_lineno or node.lineno for node in parse(kernel).body)]
    pieces = [
        "\n".join(lines[max(end for end in ends if end < node.lineno) : node.end_lineno])
        for node in keep
        if not _is_import(node)
    ]
    return "\n".join(pieces).strip("\n")


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _first_place(module: ast.Module, anchor: ast.stmt) -> int:
    """Line (1-based) after which the first import of a file belongs; 0: before everything."""
    first = module.body[0]
    if first is not anchor and isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.end_lineno or first.lineno  # the docstring
    decorators = first.decorator_list if isinstance(first, (ast.ClassDef, ast.FunctionDef)) else []
    return min([first.lineno, *(each.lineno for each in decorators)]) - 1
