"""Variables of a kernel's loops that are read after their loop.

Python, and so Triton's interpreter, leaves them at their last value; compiled code has nothing there. Not so the
variable of a ``tl.static_range``, whose rounds are written out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kernelagent.static.walk import walk

Name = tuple[str, int]


def read_after_their_loop(kernel: ast.FunctionDef) -> Iterator[Name]:
    """Each with the line where it is read."""
    yield from _in_block(kernel.body, [])


def _in_block(body: list[ast.stmt], after: list[ast.stmt]) -> Iterator[Name]:
    """``after``: what runs when ``body`` has ended, as far as that is one way."""
    for number, statement in enumerate(body):
        following = [*body[number + 1 :], *after]
        if isinstance(statement, ast.For) and isinstance(statement.target, ast.Name) and not _is_static(statement):
            line = _first_read(statement.target.id, following)
            if line:
                yield statement.target.id, line
        for field in ("body", "orelse"):
            inner = getattr(statement, field, [])
            again: list[ast.stmt] = []
            if field == "body" and isinstance(statement, (ast.For, ast.While)):
                asked = (
                    [ast.copy_location(ast.Expr(statement.test), statement)] if isinstance(statement, ast.While) else []
                )
                again = [*asked, *inner]
            yield from _in_block(inner, [*again, *following])


def _first_read(name: str, statements: list[ast.stmt]) -> int | None:
    """Its line; ``None`` where it is given another value before."""
    for statement in statements:
        reads, stores = _uses(name, statement)
        if isinstance(statement, (ast.For, ast.While, ast.If)):
            # Inside it the name may be given a value first, or not at all.
            head = statement.iter if isinstance(statement, ast.For) else statement.test
            if any(isinstance(n, ast.Name) and n.id == name for n in walk(head)):
                return head.lineno
            if isinstance(statement, ast.For) and _is_named(statement.target, name):
                return None
            if stores:
                return None
        if reads:
            return reads[0].lineno
        if stores:
            return None
    return None


def _uses(name: str, statement: ast.stmt) -> tuple[list[ast.Name], list[ast.Name]]:
    found = [n for n in walk(statement) if isinstance(n, ast.Name) and n.id == name]
    reads = [n for n in found if isinstance(n.ctx, ast.Load)]
    changed = [n.target for n in walk(statement) if isinstance(n, ast.AugAssign)]
    reads += [target for target in changed if isinstance(target, ast.Name) and target.id == name]
    return reads, [n for n in found if isinstance(n.ctx, ast.Store)]


def _is_named(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _is_static(loop: ast.For) -> bool:
    called = loop.iter.func if isinstance(loop.iter, ast.Call) else None
    return getattr(called, "attr", getattr(called, "id", "")) == "static_range"
