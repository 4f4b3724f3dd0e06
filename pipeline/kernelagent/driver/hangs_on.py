"""Which statements of a file what is said of a class hangs on: those that it names, and those that these name. By
parsing alone; what other files do is told by their digests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from kernelagent.contract.survey import Lines
from kernelagent.static.parsing import parse

_INPUTS = ("get_inputs", "get_init_inputs")


def hangs_on(text: str, class_name: str) -> tuple[tuple[Lines, ...], tuple[str, ...]]:
    """The statements' lines, with the comments that stand directly above the class, and the names that they bind.

    Statements at the top that bind nothing (a call, a loop) may do anything, and are among them. Raises
    ``SyntaxError``.
    """
    lines = text.split("\n")
    statements = [(node, _bound(node), _named(node) | _words(node, lines)) for node in parse(text).body]
    wanted = {class_name.partition(".")[0], *_INPUTS}
    taken: set[int] = set()
    changed = True
    while changed:
        changed = False
        for number, (node, bound, named) in enumerate(statements):
            if number not in taken and (not bound or bound & wanted) and not _is_text(node):
                taken.add(number)
                wanted |= named
                changed = True
    spans = [_span(statements[number][0], lines) for number in sorted(taken)]
    names = {name for number in taken for name in statements[number][1]}
    return tuple(spans), tuple(sorted(names))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _span(node: ast.stmt, lines: Sequence[str]) -> Lines:
    """From the comments above, a directive among them, to the end."""
    decorators = [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
    first = min([node.lineno, *decorators])
    while isinstance(node, ast.ClassDef) and first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return Lines(first, node.end_lineno or node.lineno)


def _words(node: ast.stmt, lines: Sequence[str]) -> set[str]:
    """Of the comments above a class: a directive may name a number of the file."""
    above = lines[_span(node, lines).first - 1 : node.lineno - 1] if isinstance(node, ast.ClassDef) else ()
    return {word for line in above for word in re.findall(r"\w+", line)}


def _bound(node: ast.stmt) -> set[str]:
    """Names that a statement at the top gives a value."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    return set(_bindings(node))


def _bindings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0]
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, (ast.Store, ast.Del)):
            yield child.id
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield child.name


def _named(node: ast.stmt) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
