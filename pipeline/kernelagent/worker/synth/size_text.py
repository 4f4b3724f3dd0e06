"""Sizes as text, read: as torch prints them (``str`` of an expression), and as the printer here does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import sympy

from kernelagent.errors import UnsupportedOperator
from kernelagent.worker.synth.index import FloatFloor, Sqrt, floor_div, modulo, nonnegative, size_symbol


def parse_size(text: str) -> Any:
    """A size to an expression. Raises UnsupportedOperator for what the index algebra can't hold."""
    try:
        return _build(ast.parse(text, mode="eval").body)
    except _Unreadable as exc:
        raise UnsupportedOperator(f"The size {text} can't be part of a generated kernel: {exc}.") from exc


class _Unreadable(Exception):
    """Its message says what part of the size it is."""


def _floor(quotient: Any) -> Any:
    """The whole part of a quotient of sizes."""
    numerator, denominator = sympy.fraction(sympy.together(_exact(quotient)))
    return floor_div(numerator, denominator, {})


def _ceil(quotient: Any) -> Any:
    numerator, denominator = sympy.fraction(sympy.together(_exact(quotient)))
    return floor_div(numerator + denominator - 1, denominator, {})


def _truncated(quotient: Any) -> Any:
    """Towards zero: down, of what is sure not to be negative."""
    if not nonnegative(sympy.fraction(sympy.together(_exact(quotient)))[0]):
        raise _Unreadable(f"{quotient} may be negative, and is rounded towards zero")
    return _floor(quotient)


def _exact(quotient: Any) -> Any:
    """With fractions for floats, but none that is rounded: ``0.1 * n`` may be over the next integer where a tenth of
    ``n`` is not."""
    floats = quotient.atoms(sympy.Float)
    if not all(map(_is_exact, floats)) or quotient.atoms(Sqrt):
        raise _Unreadable(f"cannot round {quotient} as floats do")
    return quotient.xreplace({number: sympy.Rational(float(number)) for number in floats})


def _is_exact(number: Any) -> bool:
    return bool(sympy.Rational(float(number)).q <= _LARGEST_EXACT)


_LARGEST_EXACT = 1 << 10
"""Denominators of floats with which sizes can be multiplied without rounding."""


def _quotient(left: Any, right: Any) -> Any:
    """``left // right`` as Python has it."""
    if right.is_Integer and right < 0:  # `-(n // -d)` is how many programmers round up
        return -_ceil(left / -right)
    return floor_div(left, right, {})


def _remainder(left: Any, right: Any) -> Any:
    """``left % right`` of a positive ``right``, of a dividend that is not negative: ``-n`` leaves what
    ``(right - 1) * n`` does."""
    if right.is_Integer and right < 0:
        raise _Unreadable(f"a remainder by {right} is negative")
    terms = [term.as_coeff_Mul() for term in sympy.Add.make_args(sympy.expand(left))]
    return modulo(sympy.Add(*(n * rest if n > 0 else -n * (right - 1) * rest for n, rest in terms)), right, {})


def _power(base: Any, exponent: Any) -> Any:
    if exponent == sympy.Float(0.5):
        return Sqrt(base)
    if exponent.is_number:
        return base**exponent
    raise _Unreadable(f"{exponent} is an exponent")


def _bits(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    def of_sizes(left: Any, right: Any) -> Any:
        if left.is_Integer and right.is_Integer:
            return sympy.Integer(operation(int(left), int(right)))
        raise _Unreadable("its bits are looked at")

    return of_sizes


_CALLS: Mapping[str, Callable[..., Any]] = {
    "Max": sympy.Max,
    "Min": sympy.Min,
    "max": sympy.Max,
    "min": sympy.Min,
    "Abs": lambda a: sympy.Max(a, -a),
    "abs": lambda a: sympy.Max(a, -a),
    "Mod": _remainder,
    "PythonMod": _remainder,
    "ModularIndexing": lambda a, b, c: _remainder(_quotient(a, b), c),
    "FloorDiv": _quotient,
    "CleanDiv": _quotient,
    "CeilDiv": lambda a, b: _quotient(a + b - 1, b),
    "ToFloat": lambda a: a,
    "OpaqueUnaryFn_sqrt": Sqrt,
    "sqrt": Sqrt,
    "FloatTrueDiv": lambda a, b: a / b,
    "IntTrueDiv": lambda a, b: a / b,
    "FloatPow": _power,
    "PowByNatural": _power,
    "CeilToInt": _ceil,
    "ceiling": _ceil,
    "FloorToInt": _floor,
    "floor": _floor,
    "TruncToInt": _truncated,
    "int": _truncated,
    "BitwiseFn_bitwise_and": _bits(int.__and__),
    "BitwiseFn_bitwise_or": _bits(int.__or__),
    "BitwiseFn_bitwise_xor": _bits(int.__xor__),
}

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: _quotient,
    ast.Mod: _remainder,
    ast.Div: lambda a, b: a / b,
    ast.Pow: _power,
}


def _build(node: ast.expr) -> Any:
    match node:
        case ast.Constant(int() | float() as number) if not isinstance(number, bool):
            whole = isinstance(number, float) and number.is_integer()
            return sympy.Integer(int(number)) if whole else sympy.sympify(number)
        case ast.Name(name):
            return size_symbol(name)
        case ast.UnaryOp(ast.USub(), operand):
            return -_build(operand)
        case ast.Call(
            ast.Name("TruncToInt" | "FloorToInt" | "int"), [ast.BinOp(ast.Constant(float(factor)), ast.Mult(), size)]
        ) if factor > 0 and not _is_exact(factor):  # before sympy draws numbers of ``size`` into the factor
            return _whole_part(factor, _build(size))
        case ast.Call(ast.Name(name) | ast.Attribute(ast.Name("math"), name), given) if name in _CALLS:
            return _CALLS[name](*map(_build, given))
        case ast.BinOp(left, operator, right) if type(operator) in _BINARY:
            return _BINARY[type(operator)](_build(left), _build(right))
        case ast.Call(function):
            raise _Unreadable(f"{ast.unparse(function)} is not supported in sizes")
    raise _Unreadable(f"{ast.unparse(node)} is not supported in sizes")


def _whole_part(factor: float, size: Any) -> Any:
    if size.is_integer and size.is_nonnegative:
        return FloatFloor(sympy.Float(factor), size)
    raise _Unreadable(f"cannot round {factor} * {size} as floats do")
