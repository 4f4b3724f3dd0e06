"""Numbers that are read off tensors while the module runs: ``float(self.count)``, ``self.scale.item()``.

They stay in tensors of no dimensions. What the source computes with them as Python numbers is computed in float64, as
Python would.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value


@lowers("_local_scalar_dense")
def item(b: Builder, self: Value) -> Value:
    return self


def number(b: Builder, expression: Any, read: Mapping[Any, Value]) -> Any:
    """An expression over sizes and over what ``read`` has been read. Raises ValueError for what it can't compute."""
    if expression in read:
        return read[expression]
    if not expression.free_symbols & set(read):
        if expression.is_number:
            return int(expression) if expression.is_Integer else float(expression)
        return b.constant(expression)
    if expression.is_Add or expression.is_Mul:
        fn = "add" if expression.is_Add else "mul"
        terms = [number(b, argument, read) for argument in expression.args]
        return reduce(lambda one, other: b.map(fn, one, other, compute=_kind(one, other)), terms)
    if expression.is_Pow and expression.exp.is_number:
        base = number(b, expression.base, read)
        if expression.exp == -1:
            return b.map("div", 1.0, base, compute="float64")
        return b.map("pow", base, float(expression.exp), compute="float64")
    raise ValueError(f"the number {expression}, which is read off a tensor")


def _kind(*terms: Any) -> str:
    given = [t.dtype if isinstance(t, Value) else dtypes.number_dtype(t) for t in terms]
    return "float64" if any(dtypes.is_float(kind) for kind in given) else "int64"
