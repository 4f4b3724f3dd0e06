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

Only what the module class needs is taken over: the file's self-check stays in the run directory.
"""

from __future__ import annotations

import ast

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import index_to_column
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.names import Clash, bound_names, imports_of, needed_by, renamed
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Placing, newline_of, with_newlines


def plan_inline(documents: DocumentStore, placing: Placing) -> EditPlan | Impossible:
    """The kernel into the module's own file, below its class."""
    document, entry = documents.get(placing.uri), placing.entry
    before = document or Document(placing.uri, "python", 0, placing.text, documents.encoding)
    module = ast.parse(before.text.removeprefix("\ufeff"))
    anchor = _statement_of(module, placing.class_name)
    if anchor is None:
        return Impossible(f"{placing.class_name} is not in the document any more: fuse it again.")
    taken = {name for node in module.body for name in bound_names(node)}
    if entry in taken:
        return Impossible(f"The document defines {entry} already: delete it, or set kernelagent.output to sibling.")
    try:
        imports, body = _parts(placing.kernel, entry, module, taken)
    except Clash as exc:
        return Impossible(f"{exc} Set kernelagent.output to sibling.")
    newline = newline_of(before.text)
    edits = [_after_line(before, anchor.end_lineno or anchor.lineno, f"\n\n{body}\n")]
    if imports:
        edits.insert(0, _after_line(before, _last_import(module, anchor), "\n".join(imports) + "\n"))
    edits = [types.TextEdit(edit.range, with_newlines(edit.new_text, newline)) for edit in edits]
    after = Document(before.uri, "python", 0, before.text, before.encoding)
    after.change([types.TextDocumentContentChangePartial(edit.range, edit.new_text) for edit in reversed(edits)], 1)
    return EditPlan(
        uri=before.uri,
        path=placing.path,
        version=None if document is None else document.version,
        creates=False,
        edits=tuple(edits),
        after=after.text,
    )


def _parts(kernel: str, entry: str, module: ast.Module, taken: set[str]) -> tuple[list[str], str]:
    """The import lines that ``module`` lacks, and the text of ``kernel``'s statements that ``entry`` needs."""
    suffix = "_" + entry.lower()
    tree = ast.parse(kernel)
    keep = needed_by(tree, entry)
    own = {name for node in keep if not _is_import(node) for name in bound_names(node)}
    kernel = renamed(kernel, {name: name + suffix for name in own & taken})
    keep = needed_by(ast.parse(kernel), entry)
    present = imports_of(module)
    missing = []
    for node in keep:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for name, line in imports_of(ast.Module([node], [])).items():
            if present.get(name, line) != line or (name in taken and name not in present):
                raise Clash(f"The document uses the name {name} for something else than the kernel does.")
            if name not in present:
                missing.append(line)
    lines = kernel.split("\n")
    ends = [0, *(node.end_lineno or node.lineno for node in ast.parse(kernel).body)]
    pieces = [
        "\n".join(lines[max(end for end in ends if end < node.lineno) : node.end_lineno])
        for node in keep
        if not _is_import(node)
    ]
    return missing, "\n".join(pieces).strip("\n")


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _statement_of(module: ast.Module, class_name: str) -> ast.stmt | None:
    """The top-level statement that holds ``class_name`` (dotted for a class inside a class)."""
    first = class_name.partition(".")[0]
    for node in module.body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.ClassDef) and inner.name == first:
                return node
    return None


def _last_import(module: ast.Module, anchor: ast.stmt) -> int:
    """Line (1-based) after which further imports belong; 0: before everything."""
    line = 0
    for index, node in enumerate(module.body):
        if node is anchor:
            break
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or _is_import(node):
            line = node.end_lineno or node.lineno
    if line == 0 and module.body:
        return module.body[0].lineno - 1
    return line


def _after_line(document: Document, line: int, text: str) -> types.TextEdit:
    """Insert ``text`` as lines of their own after line ``line`` (1-based)."""
    if line < len(document.lines):
        place = types.Position(line, 0)
        return types.TextEdit(types.Range(place, place), text)
    last = len(document.lines) - 1  # the file ends without a line end
    end = document.line(last)
    place = types.Position(last, index_to_column(end, len(end), document.encoding))
    return types.TextEdit(types.Range(place, place), "\n" + text)
