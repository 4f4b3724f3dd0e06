"""How a file writes what one of its lines compares, for people."""

from __future__ import annotations

import ast
import re

_TEXT = 60
"""Characters of a line that are shown."""


class WrittenComparisons:
    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.splitlines()
        nodes = list(ast.walk(ast.parse(source)))
        self._written: list[tuple[ast.expr, ast.AST]] = [(n, n.ops[0]) for n in nodes if isinstance(n, ast.Compare)]
        self._written += [(n, n.op) for n in nodes if isinstance(n, ast.BinOp)]

    def of(self, line: int, operators: tuple[type[ast.AST], ...]) -> str:
        """The comparison with one of these ``operators``. Empty where none is written: a mask that is made of numbers
        is compared with zero."""
        found = [
            node
            for node, operator in self._written
            if node.lineno <= line <= (node.end_lineno or node.lineno) and isinstance(operator, operators)
        ]
        if not found:
            return ""
        segments = {ast.get_source_segment(self._source, node) or "" for node in found}
        return _shown(segments.pop()) if len(segments) == 1 else self._in_line(line)

    def calling(self, line: int, names: tuple[str, ...]) -> str:
        """A call of one of these. Empty where none is written."""
        return self._in_line(line) if self.calls(line, names) else ""

    def calls(self, line: int, names: tuple[str, ...]) -> bool:
        """Whether the line calls one of these."""
        return any(re.search(rf"\b{name}\(", self._lines[line - 1]) for name in names)

    def line(self, number: int) -> str:
        return _shown(self._lines[number - 1])

    def _in_line(self, line: int) -> str:
        return f"a comparison in {self.line(line)}"


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return f"`{text if len(text) <= _TEXT else f'{text[:_TEXT]} ...'}`"
