"""Which keys a query can see at all, read off the scores: what is provably minus infinity need not be computed.

``where(i >= j, score, -inf)`` is a number only where ``i - j >= 0``: such conditions on positions bound the loop over
the keys. Masks that are loaded say nothing here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.index import Index, Ranges, dim, substitute
from kernelagent.worker.synth.ir import Condition, Map, Op, Operand, Position

Conditions = tuple[Condition, ...]
_NOTHING: Conditions = ()
_COMPUTED: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "cast": lambda position: position,
}


def seen_where(scores: Operand, ranges: Ranges) -> Conditions:
    """Conditions that all hold wherever ``scores`` is more than minus infinity, over the variables of its index."""
    return _Reader(ranges).finite(scores.op, tuple(scores.index))


class _Reader:
    def __init__(self, ranges: Ranges):
        self.ranges = ranges

    def finite(self, op: Op, index: Index) -> Conditions:
        if not isinstance(op, Map):
            return _NOTHING
        if op.fn in ("cast", "sub", "add") and dtypes.is_float(op.dtype):
            # what is added is finite, or the sum is no more than it either
            addends = op.operands if op.fn == "add" else op.operands[:1]
            return self._of_all(self.finite, addends, index)
        if op.fn in ("mul", "div") and isinstance(op.operands[1], (int, float)) and op.operands[1] > 0:
            return self._of_all(self.finite, op.operands[:1], index)
        if op.fn == "where":
            test, taken, rest = op.operands
            if _lowest(rest):
                return self._of_all(self.true, (test,), index) + self._of_all(self.finite, (taken,), index)
            if _lowest(taken):
                return self._of_all(self.false, (test,), index) + self._of_all(self.finite, (rest,), index)
        return _NOTHING

    def true(self, op: Op, index: Index) -> Conditions:
        """What holds wherever the boolean (or number, other than 0) ``op`` is true."""
        if not isinstance(op, Map):
            return _NOTHING
        if op.fn == "inside":
            mapping = {dim(i): e for i, e in enumerate(index)}
            conditions = op.attributes["conditions"]
            return tuple(Condition(substitute(c.expression, mapping, self.ranges), c.low, c.high) for c in conditions)
        if op.fn in ("and", "mul"):
            return self._of_all(self.true, op.operands, index)
        if op.fn == "cast" or (op.fn == "ne" and op.operands[1] == 0):
            return self._of_all(self.true, op.operands[:1], index)
        if op.fn in ("logical_not", "bitwise_not") or (op.fn == "eq" and op.operands[1] == 0):
            return self._of_all(self.false, op.operands[:1], index)
        if op.fn == "where" and op.operands[2] == 0:
            return self._of_all(self.true, op.operands[:1], index)
        return self._compared(op, index, op.fn)

    def false(self, op: Op, index: Index) -> Conditions:
        """What holds wherever ``op`` is false, or 0."""
        if not isinstance(op, Map):
            return _NOTHING
        if op.fn == "inside" and len(op.attributes["conditions"]) == 1:
            return _opposite(*self.true(op, index))
        if op.fn == "or":
            return self._of_all(self.false, op.operands, index)
        if op.fn == "cast" or (op.fn == "ne" and op.operands[1] == 0):
            return self._of_all(self.false, op.operands[:1], index)
        if op.fn in ("logical_not", "bitwise_not") or (op.fn == "eq" and op.operands[1] == 0):
            return self._of_all(self.true, op.operands[:1], index)
        if op.fn == "where" and op.operands[2] == 0 and _is_constant_other_than_0(op.operands[1]):
            return self._of_all(self.false, op.operands[:1], index)
        return self._compared(op, index, {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}.get(op.fn, ""))

    def _compared(self, op: Map, index: Index, sign: str) -> Conditions:
        if sign not in ("lt", "le", "gt", "ge"):
            return _NOTHING
        left, right = (self._position(o, index) for o in op.operands)
        if left is None or right is None:
            return _NOTHING
        apart = left - right if sign in ("gt", "ge") else right - left
        return (Condition(sympy.expand(apart), 1 if sign in ("lt", "gt") else 0, None),)

    def _position(self, operand: Operand | float | int, index: Index) -> Any | None:
        """An integer made of positions and sizes, as an expression."""
        if not isinstance(operand, Operand):
            return sympy.Integer(operand) if isinstance(operand, int) else None
        mapping = {dim(i): e for i, e in enumerate(index)}
        op, at = operand.op, tuple(substitute(e, mapping, self.ranges) for e in operand.index)
        if operand.when or op.dtype not in ("int32", "int64"):
            return None
        if isinstance(op, Position):
            return substitute(op.expression, {dim(i): e for i, e in enumerate(at)}, self.ranges)
        if isinstance(op, Map) and op.fn in _COMPUTED:
            parts = [p for o in op.operands if (p := self._position(o, at)) is not None]
            if len(parts) < len(op.operands):
                return None
            return sympy.expand(_COMPUTED[op.fn](*parts))
        return None

    def _of_all(
        self, reading: Callable[[Op, Index], Conditions], found: tuple[Operand | float | int, ...], index: Index
    ) -> Conditions:
        mapping = {dim(i): e for i, e in enumerate(index)}
        out = _NOTHING
        for operand in found:
            if isinstance(operand, Operand) and not operand.when:
                out += reading(operand.op, tuple(substitute(e, mapping, self.ranges) for e in operand.index))
        return out


def _opposite(condition: Condition) -> Conditions:
    if condition.low is not None and condition.high is not None:
        return _NOTHING
    if condition.low is not None:
        return (Condition(condition.expression, None, condition.low),)
    return (Condition(condition.expression, condition.high, None),)


def _lowest(operand: Operand | float | int) -> bool:
    """Whether it is minus infinity everywhere."""
    while isinstance(operand, Operand) and isinstance(operand.op, Map) and operand.op.fn in ("cast", "constant"):
        operand = operand.op.operands[0]
    return not isinstance(operand, Operand) and operand == -math.inf


def _is_constant_other_than_0(operand: Operand | float | int) -> bool:
    while isinstance(operand, Operand) and isinstance(operand.op, Map) and operand.op.fn in ("cast", "constant"):
        operand = operand.op.operands[0]
    return not isinstance(operand, Operand) and operand != 0
