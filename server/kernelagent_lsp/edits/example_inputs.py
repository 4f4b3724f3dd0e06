"""A ``# kernelagent:`` directive above a class, with a best guess of what its ``forward`` takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kernelagent.driver.modules import ModuleClass
from kernelagent.static.parsing import class_at, parse
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.plan import EditPlan, Impossible, newline_of
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.guessing.guess import Guess

_DIRECTIVE = re.compile(r"\s*#\s*kernelagent:")


def has_directive(document: Document, class_line: int) -> bool:
    """Whether the comment block above the class (1-based line of its ``class``) holds a directive."""
    line = class_line - 2
    while line >= 0 and document.line(line).lstrip().startswith(("#", "@")):
        if _DIRECTIVE.match(document.line(line)):
            return True
        line -= 1
    return False


_NUMBER = re.compile(r"(?<![\w.'\"])\d+(?![\w.'\"])")


def plan_directive(document: Document, module: ModuleClass | None, guessed: Guess | None) -> EditPlan | Impossible:
    """Insert the directive above ``module``'s class and its decorators. ``guessed``: of the document's text."""
    path = uri_to_path(document.uri)
    if module is None or path is None:
        return Impossible("The class is not in the document any more.")
    if has_directive(document, module.line):
        return Impossible(f"{module.name} has a kernelagent directive already.")
    node = class_at(parse(document.text.removeprefix("\ufeff")), module.line)
    if node is None or guessed is None:
        return Impossible("The class is not in the document any more.")
    if guessed.trouble:
        return Impossible(guessed.trouble)
    line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    indentation = document.line(line)[: len(document.line(line)) - len(document.line(line).lstrip())]
    ends = newline_of(document.text)
    text = f"{indentation}# kernelagent: inputs={guessed.inputs}, init={guessed.init}{ends}"
    place = types.Position(line, 0)
    edit = types.TextEdit(types.Range(place, place), text)
    after = Document(document.uri, "python", 0, document.text, document.encoding)
    after.change([types.TextDocumentContentChangePartial(edit.range, text)], 1)
    snippet = f"{indentation}# kernelagent: inputs={_with_places(guessed.inputs)}, init={_escaped(guessed.init)}{ends}"
    edited = types.SnippetTextEdit(edit.range, types.StringValue(snippet))
    return EditPlan(document.uri, path, document.version, False, (edit,), after.text, (edited,))


def _with_places(inputs: str) -> str:
    """A snippet in which each number is a place to be edited, one after the other."""
    places = iter(range(1, 1000))
    parts = _NUMBER.split(inputs)
    numbers = _NUMBER.findall(inputs)
    return _escaped(parts[0]) + "".join(
        f"${{{next(places)}:{number}}}{_escaped(part)}" for number, part in zip(numbers, parts[1:], strict=True)
    )


def _escaped(text: str) -> str:
    return re.sub(r"([\\$}])", r"\\\1", text)
