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
        self._called = [n for n in nodes if isinstance(n, ast.Call)]
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

    def chosen_by(self, line: int, name: str) -> str:
        """What a call of ``where``, ``masked_fill`` or ``masked_scatter`` chooses by. Empty where none is written."""
        called = [
            n for n in self._called if n.lineno <= line <= (n.end_lineno or n.lineno) and _name(n) in (name, f"{name}_")
        ]
        found = {self._segment(node, name) for node in called}
        if len(found) == 1:
            return f"{found.pop()}, by which `{name}` chooses,"
        return f"what `{name}` chooses by in {self.line(line)}" if found else ""

    def _segment(self, call: ast.Call, name: str) -> str:
        is_of_torch = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "torch"
        place = 1 if is_of_torch and name != "where" else 0
        by_name = [k.value for k in call.keywords if k.arg in ("condition", "mask")]
        given = by_name or call.args[place : place + 1]
        return _shown(ast.get_source_segment(self._source, given[0]) or "" if given else ast.unparse(call))

    def calls(self, line: int, names: tuple[str, ...]) -> bool:
        """Whether the line calls one of these."""
        return any(re.search(rf"\b{name}\(", self._lines[line - 1]) for name in names)

    def line(self, number: int) -> str:
        return _shown(self._lines[number - 1])

    def _in_line(self, line: int) -> str:
        return f"a comparison in {self.line(line)}"


def _name(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return f"`{text if len(text) <= _TEXT else f'{text[:_TEXT]} ...'}`"
