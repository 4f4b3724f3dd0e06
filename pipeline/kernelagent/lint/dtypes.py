"""The types that Triton 3.7 computes in: its operators and functions make float32 of some half precision.

``None`` is a type that can't be told. A literal gives way to a block in an operator and in ``tl.where``, and is a
number of 32 bits of its own in the functions.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import reduce

from kernelagent.lint.language import FLOAT32_ONLY, HALF
from kernelagent.lint.value import Kind, Value

_WIDENS_BFLOAT16 = frozenset({"maximum", "minimum", "clamp", "cumsum", "cumprod"})
"""No hardware compares bfloat16; float16 stays what it is in these."""
_WIDENS_HALF = frozenset({"max", "min", "softmax"})
_FULL = frozenset({"float32", "float64"})
_TO_32_BITS = {"int8": "int32", "int16": "int32", "int1": "uint32", "uint8": "uint32", "uint16": "uint32"}
"""What a sum of small integers is of."""


def joint_dtype(left: Value, right: Value) -> str | None:
    """Of ``tl.where`` and of operators that do not divide."""
    for one, other in ((left, right), (right, left)):
        if other.kind is Kind.CONSTANT:
            return one.dtype
    return _joint(left.dtype, right.dtype)


def operator_dtype(op: ast.operator, left: Value, right: Value) -> str | None:
    dtype = joint_dtype(left, right)
    if divides(op) and dtype in HALF:
        return "float32"
    return "float32" if isinstance(op, ast.Div) and is_integer(dtype) else dtype


def divides(op: ast.operator) -> bool:
    """Whether ``op`` is one that Triton has for float32 and float64 only, and converts half precision for."""
    return isinstance(op, (ast.Div, ast.Mod))


def elementwise_dtype(name: str, operands: Sequence[Value]) -> str | None:
    """Of ``tl.<name>(*operands)``, which takes blocks element by element."""
    dtypes = [_widened(name, value.dtype) for value in operands if value.kind is not Kind.CONSTANT]
    joint = reduce(_joint, dtypes) if dtypes else None
    if name in FLOAT32_ONLY:  # half precision is refused: there is no result of it
        return "float32" if joint in HALF or not dtypes else joint
    if name == "fdiv":  # the one that converts neither side
        return dtypes[0] if operands[0].kind is not Kind.CONSTANT else "float32"
    has_literal = len(dtypes) < len(operands)
    return None if has_literal and joint not in _FULL else joint


def reduction_dtype(name: str, dtype: str | None) -> str | None:
    """Of ``tl.<name>`` over elements of ``dtype``, along an axis or as a scan, where the call asks for none."""
    if name in ("argmax", "argmin"):
        return "int32"
    if name in ("sum", "cumsum"):
        return _TO_32_BITS.get(dtype or "", _widened(name, dtype))
    if name in ("max", "min") and dtype in _TO_32_BITS:
        return "int32"
    return _widened(name, dtype)


def product_dtype(left: str | None, asked: str | None) -> str | None:
    """Of ``tl.dot`` with an ``out_dtype`` that is ``asked``: it counts for float16 only."""
    if left in ("float32", "bfloat16"):
        return "float32"
    if left == "float64" or (left is None and asked in HALF):
        return left
    return "int32" if left in ("int8", "uint8") else asked


def is_integer(dtype: str | None) -> bool:
    return dtype is not None and dtype.startswith(("int", "uint"))


def _widened(name: str, dtype: str | None) -> str | None:
    if name in _WIDENS_HALF and dtype in HALF:
        return "float32"
    return "float32" if name in _WIDENS_BFLOAT16 and dtype == "bfloat16" else dtype


def _joint(one: str | None, other: str | None) -> str | None:
    if one == other:
        return one
    if "float64" in (one, other):
        return "float64"
    return "float32" if "float32" in (one, other) and (one in HALF or other in HALF) else None
