"""What sizes are printed with, by torch (``torch/utils/_sympy/functions.py``, under sympy's names) and by the
synthesizer, as functions of Python's numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

_OPAQUE = ["sqrt", "cos", "cosh", "sin", "sinh", "tan", "tanh", "asin", "acos", "atan", "exp", "log", "asinh", "log2"]
"""Of these torch knows the name only, ``OpaqueUnaryFn_sqrt``."""


def _modular_indexing(of: int, divisor: int, modulus: int) -> int:
    return of // divisor % modulus


def _where(condition: bool, then: Any, otherwise: Any) -> Any:
    return then if condition else otherwise


def _piecewise(*pieces: tuple[Any, bool]) -> Any:
    return next(value for value, condition in pieces if condition)


def _true_division(a: Any, b: Any) -> Any:
    return a / b


def _remainder(a: Any, b: Any) -> Any:
    return a % b


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "Max": max,
    "Min": min,
    "max": max,
    "min": min,
    "Abs": abs,
    "abs": abs,
    "Mod": _remainder,
    "PythonMod": _remainder,
    "ModularIndexing": _modular_indexing,
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: a // b,
    "CeilDiv": lambda a, b: -(-a // b),
    "PowByNatural": pow,
    "FloatPow": lambda a, b: float(a) ** float(b),
    "CeilToInt": math.ceil,
    "FloorToInt": math.floor,
    "TruncToInt": math.trunc,
    "RoundToInt": round,
    "int": int,
    "round": round,
    "ceiling": math.ceil,
    "floor": math.floor,
    "TruncToFloat": lambda a: float(math.trunc(a)),
    "RoundDecimal": round,
    "IntTrueDiv": _true_division,
    "FloatTrueDiv": _true_division,
    "ToFloat": float,
    "BitwiseFn_bitwise_and": lambda a, b: a & b,
    "BitwiseFn_bitwise_or": lambda a, b: a | b,
    "BitwiseFn_bitwise_xor": lambda a, b: a ^ b,
    "Where": _where,
    "Piecewise": _piecewise,
    "Eq": lambda a, b: a == b,
    "Ne": lambda a, b: a != b,
    **{f"OpaqueUnaryFn_{name}": getattr(math, name) for name in _OPAQUE},
}
