"""Which branch of an ``if`` never runs, whatever the program is: what stands there for type checkers alone."""

from __future__ import annotations

import ast


def runs_never(test: ast.expr) -> bool:
    """``if TYPE_CHECKING:``, however that is imported, ``if False:``, alone or with further conditions."""
    if isinstance(test, ast.Constant):
        return not test.value
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return runs_always(test.operand)
    if isinstance(test, ast.BoolOp):
        return (any if isinstance(test.op, ast.And) else all)(map(runs_never, test.values))
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def runs_always(test: ast.expr) -> bool:
    """``if not TYPE_CHECKING:`` and its like."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return runs_never(test.operand)
    if isinstance(test, ast.BoolOp):
        return (all if isinstance(test.op, ast.And) else any)(map(runs_always, test.values))
    return False
