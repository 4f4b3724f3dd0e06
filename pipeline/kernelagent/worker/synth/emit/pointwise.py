"""Pointwise operators as Triton expressions: one row of ``TEMPLATES`` each.

Operands arrive as text that binds tighter than any operator (a name, a call, a number), already of the dtype that the
operator computes in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.ir import Map, Operand, Position

Template = Callable[["Call"], str]


class Call:
    """One operator to be printed."""

    def __init__(self, op: Map, operands: list[str], used: set[str]):
        self.op = op
        self.operands = operands
        self.compute = dtypes.register(op.compute)
        self.floating = dtypes.is_float(self.compute)
        self._used = used

    def __getitem__(self, position: int) -> str:
        return self.operands[position]

    def function(self, name: str, *arguments: str) -> str:
        """A call of one of :mod:`device_functions`, which is then copied into the file."""
        self._used.add(name)
        return f"{name}({', '.join(arguments)})"


def number(value: Any, dtype: str) -> str:
    """A literal of ``dtype``."""
    if dtype == "bool":
        return str(bool(value))
    if dtypes.is_float(dtype):
        value = float(value)
        if math.isnan(value):
            return 'float("nan")'
        if math.isinf(value):
            return 'float("inf")' if value > 0 else 'float("-inf")'
        return repr(value)
    return str(int(value))


def _infix(sign: str) -> Template:
    return lambda c: f"{c[0]} {sign} {c[1]}"


def _tl(name: str) -> Template:
    return lambda c: f"tl.{name}({', '.join(c.operands)})"


def _device(name: str) -> Template:
    return lambda c: c.function(name, *c.operands)


def _int_power(c: Call) -> str:
    exponent = int(c.op.attributes["exponent"])
    text = " * ".join([c[0]] * abs(exponent))
    return text if exponent > 0 else f"1.0 / ({text})"


def _pow(c: Call) -> str:
    base, exponent = c.op.operands
    literals = isinstance(base, (int, float)), isinstance(exponent, (int, float))
    if all(literals):
        return number(float(base) ** float(exponent), c.compute)  # type: ignore[arg-type]
    if literals[0] and c.floating and float(base) > 0:  # type: ignore[arg-type]
        return _narrow(c, f"tl.exp({c[1]}.to(tl.float64) * {math.log(float(base))!r})")  # type: ignore[arg-type]
    if literals[1] and c.floating and not float(exponent).is_integer():  # type: ignore[arg-type]
        return _narrow(c, f"tl.exp({float(exponent)!r} * tl.log({c[0]}.to(tl.float64)))")  # type: ignore[arg-type]
    texts = [f"(tl.zeros_like({c[1 - i]}) + {c[i]})" if literals[i] else c[i] for i in range(2)]
    return _narrow(c, c.function("_pow", *texts))


def _narrow(c: Call, text: str) -> str:
    return text if c.compute == "float64" else f"{text}.to({dtypes.triton_name(c.compute)})"


def _extremum(name: str) -> Template:
    def template(c: Call) -> str:
        if not c.floating:
            return f"tl.{name}({c[0]}, {c[1]})"
        sign = ">" if name == "maximum" else "<"
        return f"tl.where(({c[0]} {sign} {c[1]}) | ({c[0]} != {c[0]}), {c[0]}, {c[1]})"

    return template


def _bounded(sign: str) -> Template:
    def template(c: Call) -> str:
        bound = c.op.operands[1]
        number = not c.floating or not isinstance(bound, Operand) or isinstance(bound.op, Position)
        test = f"{c[0]} {sign} {c[1]}" if number else f"({c[0]} {sign} {c[1]}) | ({c[1]} != {c[1]})"
        return f"tl.where({test}, {c[1]}, {c[0]})"

    return template


def _drawn(name: str) -> Template:
    """Philox by seed and place."""

    def template(c: Call) -> str:
        place = c[1] if c[1].isidentifier() else f"tl.full((), {c[1]}, tl.int64)"
        return f"tl.{name}({c[0]}, {place})"

    return template


def _rounded(name: str) -> Template:
    return lambda c: f"tl.{name}({c[0]})"


def _trunc(text: str) -> str:
    return f"tl.where({text} < 0, tl.ceil({text}), tl.floor({text}))"


def _where(c: Call) -> str:
    first, second = c.op.operands[1:]
    if isinstance(first, (int, float)) and isinstance(second, (int, float)) and c.compute != "float32":
        # two literals would be taken as float32 or int32
        name = dtypes.triton_name(c.compute)
        return f"tl.where({c[0]}, tl.full((), {c[1]}, {name}), tl.full((), {c[2]}, {name}))"
    return f"tl.where({c[0]}, {c[1]}, {c[2]})"


def _floor_div(c: Call) -> str:
    return c.function("_float_floor_div" if c.floating else "_floor_div", *_as_tensors(c))


def _as_tensors(c: Call) -> list[str]:
    """Operands for a function that takes both for tensors: a literal would have no dtype of its own there."""
    literal = [isinstance(o, (int, float)) for o in c.op.operands]
    return [f"(tl.zeros_like({c[1 - i]}) + {c[i]})" if literal[i] else c[i] for i in range(2)]


def _trunc_div(c: Call) -> str:
    if c.floating:
        quotient = f"tl.div_rn({c[0]}, {c[1]})" if c.compute == "float32" else f"{c[0]} / {c[1]}"
        return f"tl.where(({c[0]} < 0) != ({c[1]} < 0), tl.ceil({quotient}), tl.floor({quotient}))"
    return f"({c[0]} - {c.function('_fmod', c[0], c[1])}) // {c[1]}"


def _remainder(c: Call) -> str:
    return c.function("_float_remainder" if c.floating else "_remainder", *_as_tensors(c))


def _fmod(c: Call) -> str:
    return f"{c[0]} % {c[1]}" if c.floating else c.function("_fmod", *_as_tensors(c))


def _sign(c: Call) -> str:
    name = dtypes.triton_name(c.compute)
    return f"({c[0]} > 0).to({name}) - ({c[0]} < 0).to({name})"


def _signbit(c: Call) -> str:
    bits = "tl.int64" if c.compute == "float64" else "tl.int32"
    return f"{c[0]}.to({bits}, bitcast=True) < 0" if c.floating else f"{c[0]} < 0"


TEMPLATES: dict[str, Template] = {
    "rand": _drawn("rand"),
    "randn": _drawn("randn"),
    "kept": lambda c: f"{_drawn('rand')(c)} >= {c.op.attributes['dropped']!r}",
    "signbit": _signbit,
    "add": _infix("+"),
    "sub": _infix("-"),
    "mul": _infix("*"),
    "div": _infix("/"),
    "eq": _infix("=="),
    "ne": _infix("!="),
    "lt": _infix("<"),
    "le": _infix("<="),
    "gt": _infix(">"),
    "ge": _infix(">="),
    "and": _infix("&"),
    "or": _infix("|"),
    "xor": _infix("^"),
    "left_shift": _infix("<<"),
    "right_shift": _infix(">>"),
    "logical_not": lambda c: f"{c[0]} == 0",
    "bitwise_not": lambda c: f"~{c[0]}",
    "neg": lambda c: f"-{c[0]}",
    "abs": _tl("abs"),
    "square": lambda c: f"{c[0]} * {c[0]}",
    "reciprocal": lambda c: f"1.0 / {c[0]}",
    "sign": _sign,
    "floor": _rounded("floor"),
    "ceil": _rounded("ceil"),
    "round": _device("_round"),
    "trunc": lambda c: _trunc(c[0]),
    "frac": lambda c: f"{c[0]} - {_trunc(c[0])}",
    "floor_div": _floor_div,
    "trunc_div": _trunc_div,
    "remainder": _remainder,
    "fmod": _fmod,
    "int_power": _int_power,
    "pow": _pow,
    "where": _where,
    "maximum": _extremum("maximum"),
    "minimum": _extremum("minimum"),
    "fmax": lambda c: f"tl.maximum({c[0]}, {c[1]})",
    "fmin": lambda c: f"tl.minimum({c[0]}, {c[1]})",
    # written so that NaN passes through, as in PyTorch: a comparison with NaN is false
    "at_least": _bounded("<"),
    "at_most": _bounded(">"),
    "exp": _tl("exp"),
    "exp2": _tl("exp2"),
    "log": _tl("log"),
    "log2": _tl("log2"),
    "log10": lambda c: f"tl.log({c[0]}) * 0.4342944819032518",
    "sqrt": _tl("sqrt"),
    "rsqrt": _tl("rsqrt"),
    "sin": _tl("sin"),
    "cos": _tl("cos"),
    "tan": lambda c: f"tl.sin({c[0]}) / tl.cos({c[0]})",
    "erf": _tl("erf"),
    "erfc": _device("_erfc"),
    "sigmoid": _tl("sigmoid"),
    "silu": lambda c: f"{c[0]} * tl.sigmoid({c[0]})",
    "gelu": lambda c: f"0.5 * {c[0]} * (1.0 + tl.erf({c[0]} * 0.7071067811865476))",
    # 0.5 * (1 + tanh(u)) is sigmoid(2 * u); the constant is 2 * sqrt(2 / pi)
    "gelu_tanh": lambda c: f"{c[0]} * tl.sigmoid(1.5957691216057308 * ({c[0]} + 0.044715 * {c[0]} * {c[0]} * {c[0]}))",
    "mish": _device("_mish"),
    "expm1": _device("_expm1"),
    "log1p": _device("_log1p"),
    "tanh": _device("_tanh"),
    "sinh": _device("_sinh"),
    "cosh": lambda c: f"0.5 * (tl.exp({c[0]}) + tl.exp(-{c[0]}))",
    "asinh": _device("_asinh"),
    "acosh": lambda c: f"tl.log({c[0]} + tl.sqrt(({c[0]} - 1.0) * ({c[0]} + 1.0)))",
    "atanh": lambda c: f"0.5 * {c.function('_log1p', f'2.0 * {c[0]} / (1.0 - {c[0]})')}",
    "atan": _device("_atan"),
    "asin": _device("_asin"),
    "acos": lambda c: f"1.5707963267948966 - {c.function('_asin', c[0])}",
    "atan2": _device("_atan2"),
    "hypot": lambda c: f"tl.sqrt({c[0]} * {c[0]} + {c[1]} * {c[1]})",
    "xlogy": lambda c: f"tl.where({c[0]} == 0, 0.0, {c[0]} * tl.log({c[1]}))",
}
