"""Tensors out of nothing: constants, ``arange``, and their ``_like`` forms. None takes memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth.index import dim, floor_div
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, viewed


def _shape(size: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sympy.sympify(s) for s in size)


def _constant(b: Builder, value: Any, shape: Sequence[Any], dtype: str) -> Value:
    if isinstance(value, sympy.Expr):
        return b.cast(b.constant(value, shape=tuple(shape)), dtype)
    if dtype == "bool":
        value = bool(value)
    return b.filled(value, shape, dtype)


@lowers("full")
def full(b: Builder, size: Sequence[Any], fill_value: Any, dtype: str | None = None, **_: Any) -> Value:
    return _constant(b, fill_value, _shape(size), dtype or b.node.dtype)


@lowers("full_like")
def full_like(b: Builder, self: Value, fill_value: Any, dtype: str | None = None, **_: Any) -> Value:
    return _constant(b, fill_value, self.shape, dtype or self.dtype)


@lowers("ones", "zeros", "empty")
def filled(b: Builder, size: Sequence[Any], dtype: str | None = None, **_: Any) -> Value:
    return _constant(b, int(b.origin.op == "ones"), _shape(size), dtype or b.node.dtype)


@lowers("ones_like", "zeros_like", "empty_like", "new_ones", "new_zeros")
def filled_like(b: Builder, self: Value, size: Any = None, dtype: str | None = None, **_: Any) -> Value:
    shape = self.shape if size is None else _shape(size)
    return _constant(b, int("ones" in b.origin.op), shape, dtype or self.dtype)


@lowers("new_full")
def new_full(
    b: Builder, self: Value, size: Sequence[Any], fill_value: Any, dtype: str | None = None, **_: Any
) -> Value:
    return _constant(b, fill_value, _shape(size), dtype or self.dtype)


@lowers("fill")
def fill(b: Builder, self: Value, value: Any) -> Value:
    if isinstance(value, Value):
        return b.cast(viewed(value, (), self.shape), self.dtype)
    return _constant(b, value, self.shape, self.dtype)


@lowers("scalar_tensor")
def scalar_tensor(b: Builder, s: Any, dtype: str | None = None, **_: Any) -> Value:
    return _constant(b, s, (), dtype or b.node.dtype)


@lowers("arange")
def arange(b: Builder, end: Any = None, start: Any = 0, step: Any = 1, dtype: str | None = None, **_: Any) -> Value:
    first, last, stride = sympy.sympify(start), sympy.sympify(end), sympy.sympify(step)
    kind = dtype or b.node.dtype
    if not (first.is_integer and stride.is_integer):
        count = sympy.ceiling((last - first) / stride)
        steps = b.constant(dim(0), "int64", (sympy.Integer(int(count)),))
        return b.cast(b.map("add", b.map("mul", b.cast(steps, kind), float(stride)), float(first)), kind)
    length = last - first if stride == 1 else floor_div(last - first + stride - 1, stride, {})
    return b.cast(b.constant(first + dim(0) * stride, "int64", (sympy.expand(length),)), kind)
