"""Whole numbers that a file writes out, also by way of arithmetic and of names at its top level."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_MOST = 1 << 40

Values = Mapping[str, list[ast.expr]]


def folded(node: ast.expr, values: Values, depth: int = 4) -> int | None:
    """The number; ``None`` where it is none, or can't be told. ``values``: what is assigned to each name, all of it."""
    match node:
        case ast.Constant(value=int(number)) if type(number) is int:
            return number
        case ast.Name(id=name) if depth and len(values.get(name, ())) == 1:
            return folded(values[name][0], values, depth - 1)
        case ast.Call(func=ast.Attribute(attr="constexpr"), args=[value]) if not node.keywords:
            return folded(value, values, depth)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = folded(operand, values, depth)
            return None if negated is None else -negated
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            one, other = folded(left, values, depth), folded(right, values, depth)
            if one is None or other is None or max(abs(one), abs(other)) > _MOST:
                return None
            if other == 0 and isinstance(op, (ast.FloorDiv, ast.Mod)):
                return None
            return _ARITHMETIC[type(op)](one, other)
    return None
