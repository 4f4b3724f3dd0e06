"""Arithmetic on what stands in the masked-off elements of a block.

``x = tl.load(p, mask=m, other=0.0)`` leaves zeros there, ``x - mean`` leaves ``-mean``, and a sum over that is wrong.
An axis that is missing here is one of which nothing is known.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from kernelagent.lint.value import Fill, Kind, Rest, Tail, Value

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "exp2": lambda x: 2.0**x,
    "log": lambda x: math.log(x) if x > 0 else -math.inf,
    "log2": lambda x: math.log2(x) if x > 0 else -math.inf,
    "sqrt": math.sqrt,
    "rsqrt": lambda x: 1 / math.sqrt(x),
    "abs": abs,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "erf": math.erf,
    "sin": math.sin,
    "cos": math.cos,
}


def folded(op: ast.operator, left: float | None, right: float | None) -> float | None:
    """The number that two literals make."""
    if left is None or right is None or type(op) not in _OPERATORS:
        return None
    try:
        value = _OPERATORS[type(op)](left, right)
    except (ArithmeticError, ValueError):
        return None
    return value if isinstance(value, (int, float)) and not math.isnan(value) else None


def combined(op: ast.operator, left: Value, right: Value) -> dict[int, Tail]:
    """The tails of ``left op right``, both aligned to the same axes."""
    found: dict[int, Tail] = {}
    for axis in left.tails.keys() | right.tails.keys():
        one, other = left.tails.get(axis), right.tails.get(axis)
        if "int1" in (left.dtype, right.dtype):
            fill = _masked(op, left, right, axis)
        elif isinstance(op, (ast.Add, ast.Sub)) and _adds_others(left, right, axis):
            continue
        else:
            fill = _fill(op, _of(left, one), _of(right, other))
        tail = one or other
        if fill is not None and tail is not None:
            found[axis] = replace(tail, fill=fill)
    return found


def _adds_others(left: Value, right: Value, axis: int) -> bool:
    """Whether zeros are added to other elements there, as the last turn of a loop does."""
    for value, other in ((left, right), (right, left)):
        tail = value.tails.get(axis)
        if tail is not None and tail.fill == 0.0 and axis in other.varies and axis not in other.tails:
            return True
    return False


def _of(value: Value, tail: Tail | None) -> Fill:
    if tail is not None:
        return tail.fill
    # Blocks of zeros are what sums begin with; everything else that has no tail has numbers there.
    if value.number is not None:
        return value.number
    return Rest.SOMETHING


def _fill(op: ast.operator, left: Fill, right: Fill) -> Fill | None:
    if Rest.UNDEFINED in (left, right):
        return 0.0 if isinstance(op, ast.Mult) and 0.0 in (left, right) else Rest.UNDEFINED
    if isinstance(left, float) and isinstance(right, float):
        return folded(op, left, right)
    if isinstance(op, ast.Mult):
        known = left if isinstance(left, float) else right
        if isinstance(known, float):
            return 0.0 if known == 0 else None if math.isinf(known) else Rest.SOMETHING
        return Rest.SOMETHING
    if isinstance(op, ast.Div):
        if left == 0.0:
            return 0.0
        return None if isinstance(left, float) and math.isinf(left) else Rest.SOMETHING
    if isinstance(op, (ast.Add, ast.Sub)):
        if isinstance(left, float) and math.isinf(left):
            return left
        if isinstance(right, float) and math.isinf(right):
            return right if isinstance(op, ast.Add) else -right
        return Rest.SOMETHING
    return None


def _masked(op: ast.operator, left: Value, right: Value, axis: int) -> Fill | None:
    """``x * mask``: zero where the mask is the one that the load had."""
    value, mask = (right, left) if left.dtype == "int1" else (left, right)
    tail = value.tails.get(axis)
    if (
        isinstance(op, ast.Mult)
        and tail is not None
        and tail.offsets in mask.bounds
        and tail.fill is not Rest.UNDEFINED
    ):
        return 0.0
    return None


def negated(tails: Mapping[int, Tail]) -> dict[int, Tail]:
    return {
        axis: replace(tail, fill=-tail.fill if isinstance(tail.fill, float) else tail.fill)
        for axis, tail in tails.items()
    }


def something(tails: Mapping[int, Tail]) -> dict[int, Tail]:
    """After a reduction along another axis: zeros stay, the rest is anything."""
    return {
        axis: tail if tail.fill in (0.0, Rest.UNDEFINED) else replace(tail, fill=Rest.SOMETHING)
        for axis, tail in tails.items()
    }


def mapped(name: str, value: Value) -> dict[int, Tail]:
    """The tails of ``tl.<name>(value)``."""
    found: dict[int, Tail] = {}
    for axis, tail in value.tails.items():
        fill = tail.fill
        if isinstance(fill, float):
            try:
                number = _FUNCTIONS[name](fill) if name in _FUNCTIONS else None
            except (ArithmeticError, ValueError):
                number = None
            if number is None or math.isnan(number):
                continue
            fill = float(number)
        elif name not in _FUNCTIONS:
            continue
        found[axis] = replace(tail, fill=fill)
    return found


def chosen(condition: Value, one: Value, other: Value) -> dict[int, Tail] | None:
    """The tails of ``tl.where(condition, one, other)``; ``None`` where they can't be told."""
    found: dict[int, Tail] = {}
    for axis, tail in one.tails.items():
        if tail.offsets in condition.bounds:
            there = other.tails.get(axis)
            fill = there.fill if there is not None else other.number
            if fill is None:
                return None
            found[axis] = replace(tail, fill=fill)
        elif other.kind is Kind.CONSTANT and tail.fill == other.number:
            found[axis] = tail
        else:
            return None
    return found if all(axis in found for axis in other.tails) else None
