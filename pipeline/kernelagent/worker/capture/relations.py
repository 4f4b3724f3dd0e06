"""An equation or inequality between sizes, asked for thousands of sizes.

SymPy would rebuild the expression for each; here its text, which is Python but for a few names, is compiled once.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from types import CodeType
from typing import Any

import sympy


class Undefined(Exception):
    """A relation that says nothing at these sizes: something is divided by 0, or what is divided is negative."""


def _modulo(a: int, b: int) -> int:
    if a < 0:
        raise Undefined
    return a % b


_FUNCTIONS: dict[str, Any] = {
    "Eq": lambda a, b: a == b,
    "Ne": lambda a, b: a != b,
    "Max": max,
    "Min": min,
    "Mod": _modulo,
    "PythonMod": lambda a, b: a % b,
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: a // b,
    "IntTrueDiv": lambda a, b: a / b,
    "FloatTrueDiv": lambda a, b: a / b,
    "ToFloat": float,
    "CeilToInt": math.ceil,
    "FloorToInt": math.floor,
    "TruncToInt": math.trunc,
}
"""What torch's and SymPy's printed relations call."""


class Relation:
    def __init__(self, expression: Any):
        self.symbols: frozenset[sympy.Symbol] = frozenset(expression.free_symbols)
        self._expression = expression
        self._code: CodeType | None = None
        with contextlib.suppress(SyntaxError):
            self._code = compile(str(expression), "<relation>", "eval")
        if self._code is not None and not set(self._code.co_names) <= {*_FUNCTIONS, *map(str, self.symbols)}:
            self._code = None  # a function of torch's that is not known here

    def holds(self, values: Mapping[sympy.Symbol, int], *, where_undefined: bool) -> bool:
        """Whether it is true at sizes for all of its symbols."""
        try:
            if self._code is None:
                replaced = {s: sympy.Integer(v) for s, v in values.items()}
                return bool(self._expression.xreplace(replaced) == sympy.true)
            names = {str(s): values[s] for s in self.symbols}
            return bool(eval(self._code, {"__builtins__": {}, **_FUNCTIONS}, names))
        except (Undefined, AssertionError, ZeroDivisionError):  # some of torch's functions assert what they divide
            return where_undefined
