"""A ``# kernelagent:`` directive above a class, with a best guess of what its ``forward`` takes."""

from __future__ import annotations

import ast
import re

from kernelagent.driver.modules import ModuleClass
from kernelagent.static.parsing import parse
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.guess import guess_directive
from kernelagent_lsp.edits.plan import EditPlan, Impossible, newline_of
from kernelagent_lsp.uris import uri_to_path

_DIRECTIVE = re.compile(r"\s*#\s*kernelagent:")


def has_directive(document: Document, class_line: int) -> bool:
    """Whether the comment block above the class (1-based line of its ``class``) holds a directive."""
    line = class_line - 2
    while line >= 0 and document.line(line).lstrip().startswith(("#", "@")):
        if _DIRECTIVE.match(document.line(line)):
            return True
        line -= 1
    return False


def plan_directive(document: Document, module: ModuleClass | None) -> EditPlan | Impossible:
    """Insert the directive above ``module``'s class and its decorators."""
    path = uri_to_path(document.uri)
    if module is None or path is None:
        return Impossible("The class is not in the document any more.")
    if has_directive(document, module.line):
        return Impossible(f"{module.name} has a kernelagent directive already.")
    node = _class_at(parse(document.text.removeprefix("\ufeff")), module.line)
    if node is None:
        return Impossible("The class is not in the document any more.")
    line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    indentation = document.line(line)[: len(document.line(line)) - len(document.line(line).lstrip())]
    text = f"{indentation}# kernelagent: {guess_directive(node)}{newline_of(document.text)}"
    place = types.Position(line, 0)
    edit = types.TextEdit(types.Range(place, place), text)
    after = Document(document.uri, "python", 0, document.text, document.encoding)
    after.change([types.TextDocumentContentChangePartial(edit.range, text)], 1)
    return EditPlan(document.uri, path, document.version, False, (edit,), after.text)


def _class_at(tree: ast.Module, line: int) -> ast.ClassDef | None:
    return next((node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.lineno == line), None)
