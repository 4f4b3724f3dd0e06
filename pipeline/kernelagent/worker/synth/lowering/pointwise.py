"""Pointwise operators: arithmetic, comparison, bits, selection, casts."""

from __future__ import annotations

import math
from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import LOWERINGS, lowers
from kernelagent.worker.synth.lowering.values import Number, Value, promotion_kind

FLOAT_UNARY = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "rsqrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "erf",
    "erfc",
    "reciprocal",
]
SAME_TYPE_UNARY = ["neg", "abs", "floor", "ceil", "round", "trunc", "sign", "square", "frac"]
COMPARISONS = ["eq", "ne", "lt", "le", "gt", "ge"]


def _register_unary() -> None:
    for name in FLOAT_UNARY:
        LOWERINGS[f"aten.{name}"] = lambda b, self, fn=name: b.float_map(fn, self)
    for name in SAME_TYPE_UNARY:
        LOWERINGS[f"aten.{name}"] = lambda b, self, fn=name: _same_type(b, fn, self)
    for name in COMPARISONS:
        LOWERINGS[f"aten.{name}"] = lambda b, self, other, fn=name: b.compare(fn, self, other)


def _same_type(b: Builder, fn: str, value: Value) -> Value:
    if fn in ("floor", "ceil", "round", "trunc") and not dtypes.is_float(value.dtype):
        return value
    return b.map(fn, value)


_register_unary()


@lowers("sgn")
def sgn(b: Builder, self: Value) -> Value:
    return b.map("sign", self)


# -- arithmetic --------------------------------------------------------------------------------------------------------


@lowers("add")
def add(b: Builder, self: Any, other: Any, alpha: Number = 1) -> Value:
    if _both_bool(self, other):
        return b.map("or", self, other)
    return b.map("add", self, other if alpha == 1 else _scaled(b, other, alpha))


@lowers("sub")
def sub(b: Builder, self: Any, other: Any, alpha: Number = 1) -> Value:
    return b.map("sub", self, other if alpha == 1 else _scaled(b, other, alpha))


@lowers("rsub")
def rsub(b: Builder, self: Any, other: Any, alpha: Number = 1) -> Value:
    return b.map("sub", other, self if alpha == 1 else _scaled(b, self, alpha))


def _scaled(b: Builder, value: Any, alpha: Number) -> Any:
    return b.map("mul", value, alpha) if isinstance(value, Value) else value * alpha


@lowers("mul")
def mul(b: Builder, self: Any, other: Any) -> Value:
    if _both_bool(self, other):
        return b.map("and", self, other)
    return b.map("mul", self, other)


@lowers("div", "true_divide")
def div(b: Builder, self: Any, other: Any, rounding_mode: str | None = None) -> Value:
    if rounding_mode is None:
        return b.float_map("div", self, other)
    return b.map("floor_div" if rounding_mode == "floor" else "trunc_div", self, other)


@lowers("floor_divide")
def floor_divide(b: Builder, self: Any, other: Any) -> Value:
    return b.map("floor_div", self, other)


@lowers("remainder")
def remainder(b: Builder, self: Any, other: Any) -> Value:
    return b.map("remainder", self, other)


@lowers("fmod")
def fmod(b: Builder, self: Any, other: Any) -> Value:
    return b.map("fmod", self, other)


@lowers("pow")
def power(b: Builder, self: Any, exponent: Any) -> Value:
    if isinstance(exponent, (int, float)) and not isinstance(exponent, bool):
        if exponent == 2:
            return b.map("square", self, compute=_power_dtype(self, exponent))
        if exponent == 0.5:
            return b.float_map("sqrt", self)
        if exponent == -0.5:
            return b.float_map("rsqrt", self)
        if exponent == 1:
            return b.map("cast", self, compute=_power_dtype(self, exponent))
        if exponent == 0:
            return b.filled(1, self.shape, _power_dtype(self, exponent))
        if exponent == -1 and dtypes.is_float(self.dtype):
            return b.map("reciprocal", self)
        if float(exponent).is_integer() and 0 < abs(exponent) <= 16:
            compute = _power_dtype(self, exponent)
            if exponent > 0 or dtypes.is_float(compute):
                return b.map("int_power", self, compute=compute, exponent=int(exponent))
    return b.map("pow", self, exponent)


def _power_dtype(value: Value, exponent: float) -> str:
    if isinstance(exponent, int) or dtypes.is_float(value.dtype):
        return "int64" if value.dtype == "bool" else value.dtype
    return "float32"


@lowers("maximum", "minimum")
def extremum(b: Builder, self: Any, other: Any) -> Value:
    return b.map(b.origin.op, self, other)


@lowers("fmax", "fmin")
def nan_ignoring_extremum(b: Builder, self: Any, other: Any) -> Value:
    return b.map(b.origin.op, self, other)


@lowers("addcmul")
def addcmul(b: Builder, self: Value, tensor1: Value, tensor2: Value, value: Number = 1) -> Value:
    term = b.map("mul", tensor1, tensor2)
    return b.map("add", self, term if value == 1 else b.map("mul", term, value))


@lowers("addcdiv")
def addcdiv(b: Builder, self: Value, tensor1: Value, tensor2: Value, value: Number = 1) -> Value:
    term = b.float_map("div", tensor1, tensor2)
    return b.map("add", self, term if value == 1 else b.map("mul", term, value))


@lowers("lerp")
def lerp(b: Builder, self: Value, end: Value, weight: Any) -> Value:
    return b.map("add", self, b.map("mul", weight, b.map("sub", end, self)))


@lowers("hypot")
def hypot(b: Builder, self: Value, other: Value) -> Value:
    return b.map("hypot", self, other)


@lowers("signbit")
def signbit(b: Builder, self: Value) -> Value:
    return b.map("signbit", self, dtype="bool")


@lowers("copysign")
def copysign(b: Builder, self: Any, other: Any) -> Value:
    kind = dtypes.promote([promotion_kind(v) for v in (self, other)])
    kind = kind if dtypes.is_float(kind) else "float32"
    size = b.map("abs", b.cast(self, kind))
    if not isinstance(other, Value):
        return b.map("neg", size) if math.copysign(1.0, other) < 0 else size
    return b.choose(signbit(b, b.cast(other, kind)), b.map("neg", size), size, dtype=kind)


@lowers("atan2")
def atan2(b: Builder, self: Value, other: Value) -> Value:
    return b.float_map("atan2", self, other)


@lowers("xlogy")
def xlogy(b: Builder, self: Any, other: Any) -> Value:
    return b.float_map("xlogy", self, other)


@lowers("logit")
def logit(b: Builder, self: Value, eps: float | None = None) -> Value:
    x = self if eps is None else clamp(b, self, eps, 1 - eps)
    return b.float_map("log", b.float_map("div", x, b.map("sub", 1, x)))


# -- booleans and bits -------------------------------------------------------------------------------------------------


def _both_bool(a: Any, c: Any) -> bool:
    kinds = [v.dtype if isinstance(v, Value) else dtypes.number_dtype(v) for v in (a, c) if _is_operand(v)]
    return bool(kinds) and all(k == "bool" for k in kinds)


def _is_operand(value: Any) -> bool:
    return isinstance(value, (Value, bool, int, float))


@lowers("logical_and", "logical_or", "logical_xor")
def logical(b: Builder, self: Value, other: Value) -> Value:
    return b.map(b.origin.op.removeprefix("logical_"), b.truth(self), b.truth(other), dtype="bool")


@lowers("logical_not")
def logical_not(b: Builder, self: Value) -> Value:
    return b.map("logical_not", b.truth(self), dtype="bool")


@lowers("bitwise_and", "bitwise_or", "bitwise_xor", "__and__", "__or__", "__xor__")
def bitwise(b: Builder, self: Any, other: Any) -> Value:
    return b.map(b.origin.op.removeprefix("bitwise_").strip("_"), self, other)


@lowers("bitwise_not")
def bitwise_not(b: Builder, self: Value) -> Value:
    return b.map("logical_not" if self.dtype == "bool" else "bitwise_not", self)


@lowers("bitwise_left_shift", "__lshift__")
def left_shift(b: Builder, self: Any, other: Any) -> Value:
    return b.map("left_shift", self, other)


@lowers("bitwise_right_shift", "__rshift__")
def right_shift(b: Builder, self: Any, other: Any) -> Value:
    return b.map("right_shift", self, other)


@lowers("isnan")
def isnan(b: Builder, self: Value) -> Value:
    return b.compare("ne", self, self)


@lowers("isinf")
def isinf(b: Builder, self: Value) -> Value:
    return b.compare("eq", b.map("abs", self), math.inf)


# -- selection ---------------------------------------------------------------------------------------------------------


@lowers("where")
def where(b: Builder, condition: Value, self: Any, other: Any) -> Value:
    return b.choose(condition, self, other)


@lowers("masked_fill")
def masked_fill(b: Builder, self: Value, mask: Value, value: Any) -> Value:
    return b.choose(mask, value, self, dtype=self.dtype)


@lowers("clamp", "clip")
def clamp(b: Builder, self: Value, min: Any = None, max: Any = None) -> Value:
    bounds = [v for v in (min, max) if v is not None]
    compute = dtypes.promote([_kind(self), *(_kind(v) for v in bounds)])
    out = self
    if min is not None:
        out = b.map("at_least", out, min, compute=compute)
    return out if max is None else b.map("at_most", out, max, compute=compute)


def _kind(value: Any) -> tuple[str, int]:
    return promotion_kind(value)


@lowers("clamp_min")
def clamp_min(b: Builder, self: Value, min: Any) -> Value:
    return clamp(b, self, min)


@lowers("clamp_max")
def clamp_max(b: Builder, self: Value, max: Any) -> Value:
    return clamp(b, self, None, max)


# -- casts and copies --------------------------------------------------------------------------------------------------


@lowers("_to_copy", "to")
def to_copy(b: Builder, self: Value, dtype: Any = None, **_: Any) -> Value:
    return b.cast(self, dtype or self.dtype)


@lowers("clone", "contiguous", "alias", "detach", "lift_fresh_copy", "positive")
def copy(b: Builder, self: Value, **_: Any) -> Value:
    return self
