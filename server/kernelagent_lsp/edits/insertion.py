"""Where lines go in a Python file: below a class, behind a logical line, as lines of their own."""

from __future__ import annotations

import ast
import tokenize

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import content_length, index_to_column

_IN_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""What a statement holds beside expressions."""

_BETWEEN = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)
"""What stands between two logical lines."""


def statement_of(module: ast.Module, class_name: str) -> ast.stmt | None:
    """The last top-level statement that defines ``class_name`` (dotted for a class inside a class): the name means
    that one, once the file has run."""
    first = class_name.partition(".")[0]
    return next((node for node in reversed(module.body) if _defines(node, first)), None)


def _defines(node: ast.AST, name: str) -> bool:
    """In its own scope: a class inside of another one, or of a function, is another."""
    if isinstance(node, ast.ClassDef):
        return node.name == name
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    blocks = (child for child in ast.iter_child_nodes(node) if isinstance(child, _IN_BLOCKS))
    return any(_defines(child, name) for child in blocks)


def logical_end(document: Document, line: int) -> int:
    """The line on which the logical line ends that ``line`` belongs to: a further statement may stand behind a ``;``
    there and go on below. A line between two statements is its own."""
    if line == 0:
        return 0
    lines = (text.removeprefix("\ufeff").rstrip("\r\n") + "\n" for text in document.lines)
    tokens = tokenize.generate_tokens(lambda: next(lines, ""))
    begin = 0
    for each in tokens:
        if begin == 0 and each.type not in _BETWEEN:
            begin = each.start[0]
        if each.type == tokenize.NEWLINE:
            if each.start[0] >= line:
                return each.start[0] if begin <= line else line
            begin = 0
    return line


def end_of(document: Document, node: ast.stmt) -> int:
    """The line (1-based) below which something may stand that is not part of ``node``: comments that are indented
    deeper than ``node`` belong to it, though they are not in the tree."""
    end = logical_end(document, node.end_lineno or node.lineno)
    for number, text in enumerate(document.lines[end:], end + 1):
        content = text.strip()
        if content and not (content.startswith("#") and _indent(text) > node.col_offset):
            break
        end = number if content else end
    return end


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


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
