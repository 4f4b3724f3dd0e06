"""What all of a value is multiplied by: a number, or one made of sizes, that may be taken to another place."""

from __future__ import annotations

import math
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.index import Sqrt, dim
from kernelagent.worker.synth.ir import Map, Operand, Position


def without_factor(operand: Operand, widened: bool = False) -> tuple[Operand, Any]:
    """``operand`` without what all of it is multiplied by, and that; with ``widened`` also before halves are taken to
    float32."""
    scale: Any = sympy.Integer(1)
    while isinstance(operand.op, Map) and dtypes.is_float(operand.op.dtype):
        op = operand.op
        given = [o for o in op.operands if isinstance(o, Operand) and o.op.shape]
        if len(given) != 1 or given[0].when:
            break
        first = given[0]
        second = next((o for o in op.operands if o is not first), None)
        if op.fn == "div" and op.operands[0] is not first:
            break
        if op.fn == "cast" and widened and dtypes.is_half(first.op.dtype) and op.dtype == "float32":
            factor = sympy.Integer(1)
        elif op.fn in ("mul", "div") and first.op.dtype == op.dtype and (number := _number(second)) is not None:
            factor = number if op.fn == "mul" else 1 / number
        else:
            break
        scale = multiplied(scale, factor)
        mapping = {dim(i): e for i, e in enumerate(operand.index)}
        operand = Operand(first.op, tuple(e.xreplace(mapping) for e in first.index))
    return operand, scale


def _number(operand: Operand | float | int | None) -> Any | None:
    if operand is None:
        return None
    if not isinstance(operand, Operand):
        return sympy.sympify(operand) if math.isfinite(operand) and operand else None
    return operand.op.expression if isinstance(operand.op, Position) and not operand.op.shape else None


def multiplied(a: Any, b: Any) -> Any:
    """``a * b``; the square of a root, as the two halves of a scale give it, is what stands under it."""
    made = (a * b).replace(
        lambda e: e.is_Pow and isinstance(e.base, Sqrt) and e.exp in (2, -2), lambda e: e.base.args[0] ** (e.exp / 2)
    )
    return sympy.Float(f"{float(made):.15g}") if made.is_Float else made
