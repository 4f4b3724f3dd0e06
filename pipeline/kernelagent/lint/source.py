"""A file's text with its syntax tree, and places in it counted in characters of lines.

``ast`` counts columns in bytes of UTF-8 and lines as Python does: a line ends with ``\\n``, ``\\r\\n`` or ``\\r``.
"""

from __future__ import annotations

import ast
import re
import warnings

from kernelagent.lint.finding import Span
from kernelagent.static.parsing import parse

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing raises for a text that is not Python."""


def split_lines(text: str) -> list[str]:
    """``text`` cut after each line end; joining the lines gives ``text`` again."""
    return _LINE.findall(text)


class Source:
    """A parsed file. Constructing it raises one of :data:`NOT_PYTHON`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = split_lines(text)
        self._marked = text.startswith("\ufeff")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings: they are not ours to speak of
            self.tree = parse(text.removeprefix("\ufeff"))

    def span(self, node: ast.AST) -> Span:
        """The place of ``node``, which has one."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end_column = getattr(node, "end_col_offset", None)
        return self.place(line, column, end_line, column if end_column is None else end_column)

    def place(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """A span from ``ast``'s lines and byte columns."""
        return Span(line, self._characters(line, column), end_line, self._characters(end_line, end_column))

    def _characters(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        marked = self._marked and line == 1
        if text.isascii():
            return column
        if marked:
            text = text[1:]
        return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore")) + marked

    def text_of(self, node: ast.expr) -> str:
        """The text of ``node`` as it is written."""
        return self.between(self.span(node))

    def between(self, span: Span) -> str:
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column : span.end_column]
        middle = self.lines[span.line : span.end_line - 1]
        first, last = self.lines[span.line - 1][span.column :], self.lines[span.end_line - 1][: span.end_column]
        return "".join((first, *middle, last))

    def header(self, node: ast.FunctionDef) -> Span:
        """The name of a function, where its ``def`` stands."""
        found = re.match(r"(\s*(?:async\s+)?def\s+)(\w+)", self.lines[node.lineno - 1])
        if found is None:
            return self.span(node)
        return Span(node.lineno, found.end(1), node.lineno, found.end(2))
