"""Which statements of a file what is said of a class hangs on: those that it names, and those that these name. By
parsing alone; what other files do is told by their digests."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from kernelagent.contract.survey import Lines
from kernelagent.static.bindings import runs_as_script_only
from kernelagent.static.needed import Statement, needed, statement
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
    anyway = [number for number, each in enumerate(statements) if _may_do_anything(each)]
    taken = [statements[number] for number in needed(statements, {class_name.partition(".")[0], *_INPUTS}, anyway)]
    spans = [_span(each.node, lines) for each in taken]
    names = {name for each in taken for name in each.bound}
    return tuple(spans), tuple(sorted(names))


@functools.lru_cache(maxsize=1)
def _statements(text: str) -> tuple[Statement, ...]:
    """Each at the top; a class uses what its directive names."""
    lines = text.split("\n")
    found = [statement(node) for node in parse(text).body]
    return tuple(replace(each, used=each.used | _words(each.node, lines)) for each in found)


_BINDING = (
    *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
)


def _may_do_anything(each: Statement) -> bool:
    """A text does nothing, and neither does what is run as a script alone."""
    node = each.node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    if runs_as_script_only(node):
        return False
    return not each.bound or not isinstance(node, _BINDING)


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
