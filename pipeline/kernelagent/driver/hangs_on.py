"""Which statements of a file what is said of a class hangs on: those that it names, and those that these name. By
parsing alone; what other files do is told by their digests."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Sequence

from kernelagent.contract.survey import Lines
from kernelagent.static.parsing import parse
from kernelagent.static.wiring import originals

_INPUTS = ("get_inputs", "get_init_inputs")


def hangs_on(text: str, class_name: str) -> tuple[tuple[Lines, ...], tuple[str, ...]]:
    """The statements' lines, with the comments that stand directly above the class, and the names that they bind.

    Statements at the top that do not only bind names (a call, a loop) may do anything, and are among them; what puts a
    Triton version in a class's place is not. Raises ``SyntaxError``.
    """
    text = originals(text)
    lines, statements = text.split("\n"), _statements(text)
    wanted = {class_name.partition(".")[0], *_INPUTS}
    taken: set[int] = set()
    changed = True
    while changed:
        changed = False
        for number, (node, bound, named) in enumerate(statements):
            if number not in taken and (bound & wanted or _may_do_anything(node, bound)):
                taken.add(number)
                wanted |= named
                changed = True
    spans = [_span(statements[number][0], lines) for number in sorted(taken)]
    names = {name for number in taken for name in statements[number][1]}
    return tuple(spans), tuple(sorted(names))


@functools.lru_cache(maxsize=1)
def _statements(text: str) -> tuple[tuple[ast.stmt, set[str], set[str]], ...]:
    """Each at the top, with the names that it binds and those that it mentions."""
    lines = text.split("\n")
    return tuple((node, _bound(node), _named(node) | _words(node, lines)) for node in parse(text).body)


_BINDING = (
    *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
)


def _may_do_anything(node: ast.stmt, bound: set[str]) -> bool:
    """A text does nothing, and neither does what is run as a script alone."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    if isinstance(node, ast.If) and "__name__" in _named(node.test):
        return False
    return not bound or not isinstance(node, _BINDING)


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


def _named(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
