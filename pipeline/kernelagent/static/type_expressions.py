"""Annotations: each a type, and nothing that computes.

A text there is code to whatever evaluates it (PyTorch's registration of operators), and ``from __future__ import
annotations`` makes a text of every one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from kernelagent.static.parsing import parse
from kernelagent.static.walk import walk

Of = Callable[[ast.expr], str | None]
_LITERAL = frozenset({"typing.Literal", "typing_extensions.Literal"})
_NOT_A_TYPE = "annotates by {}, which is no type: it may run as code"


def hints_of(tree: ast.AST) -> Iterator[ast.expr]:
    """Of arguments, results and variables, wherever they stand."""
    for node in walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            yield node.returns


def no_types(tree: ast.AST, of: Of) -> Iterator[tuple[str, ast.AST]]:
    """Annotations that are no types, and what to say of each. ``of``: the dotted path of an expression."""
    for annotation in hints_of(tree):
        wrong = next(_wrong(annotation, of), None)
        if wrong is not None:
            yield _NOT_A_TYPE.format(_shortened(wrong)), annotation


def written_out(annotation: ast.expr) -> ast.expr:
    """A text as the expression that it is, with the lines of where it stands; itself where that cannot be had."""
    if not isinstance(annotation, ast.Constant) or not isinstance(annotation.value, str):
        return annotation
    try:
        found = parse(annotation.value.strip(), "eval").body
    except (SyntaxError, ValueError):
        return annotation
    for node in walk(found):
        ast.copy_location(node, annotation)
    return found


def _wrong(node: ast.expr, of: Of) -> Iterator[ast.expr]:
    """Parts that make an expression something else than a type."""
    match node:
        case ast.Name():
            return
        case ast.Attribute(value=value):
            if not isinstance(value, (ast.Name, ast.Attribute)):
                yield value
            else:
                yield from _wrong(value, of)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _wrong(left, of)
            yield from _wrong(right, of)
        case ast.Subscript(value=ast.Name() | ast.Attribute() as value, slice=inside):
            yield from _wrong(value, of)
            is_literal = of(value) in _LITERAL
            for part in _parts(inside):
                if not (is_literal and _is_value(part)):
                    yield from _wrong(part, of)
        case ast.Constant() if node.value is None or node.value is ...:
            return
        case ast.Constant(value=str()):
            meant = written_out(node)
            if meant is node or (isinstance(meant, ast.Constant) and isinstance(meant.value, str)):
                yield node
            else:
                yield from _wrong(meant, of)
        case _:
            yield node


def _parts(inside: ast.expr) -> Iterator[ast.expr]:
    """Of a subscript, also of tuples and lists in it: ``Callable[[int], tuple[int, ...]]``."""
    if isinstance(inside, (ast.Tuple, ast.List)):
        for part in inside.elts:
            yield from _parts(part)
    else:
        yield inside


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant)


def _shortened(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."
