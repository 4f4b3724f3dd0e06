"""The part of the keys that a tile of queries has to go over, from conditions on positions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.tile import Scope, Tile
from kernelagent.worker.synth.ir import Condition

FIRST_QUERY = sympy.Symbol("first_query", integer=True, nonnegative=True)
BLOCK = sympy.Symbol("queries_of_a_tile", integer=True, positive=True)


@dataclass(frozen=True)
class KeyBounds:
    """Expressions over sizes and a tile's first query and length."""

    lower: tuple[Any, ...]
    """No key before any of these is seen by any query of the tile."""
    upper: tuple[Any, ...]
    """Nor one at or behind any of these."""
    grows: bool
    """Whether later tiles see more keys than earlier ones."""

    def write(self, scope: Scope, keys: str, block_m: str, block_n: str, body: Body) -> tuple[str, str]:
        """Text of the first key and of the end, after the lines that they need."""
        if not self.lower and not self.upper:
            return "0", keys
        tile = Tile((), {}, {FIRST_QUERY: "first_query", BLOCK: block_m}, {}, {}, [scope])
        if any(e.free_symbols & {FIRST_QUERY} for e in (*self.lower, *self.upper)):
            scope.write(f"first_query = pid_m * {block_m}")
        scope.write("# keys that none of the tile's queries may see are left out")
        first, stop = "0", keys
        if self.lower:
            text = _nested("tl.maximum", ["0", *(body.text(e, tile) for e in self.lower)])
            scope.write(f"first = {text} // {block_n} * {block_n}")
            first = "first"
        if self.upper:
            scope.write(f"stop = {_nested('tl.minimum', [keys, *(body.text(e, tile) for e in self.upper)])}")
            stop = "stop"
        return first, stop


def key_bounds(conditions: Sequence[Condition], query: Any, key: Any) -> KeyBounds:
    """From conditions over the positions ``query`` and ``key``; those that are not linear in them, or that speak of
    anything but sizes besides, bound nothing."""
    lower: list[Any] = []
    upper: list[Any] = []
    grows = False
    for condition in conditions:
        expression = sympy.expand(condition.expression)
        sign, rest = expression.coeff(key), sympy.expand(expression - expression.coeff(key) * key)
        slope = rest.coeff(query)
        base = sympy.expand(rest - slope * query)
        sizes_only = all(s.is_positive for s in base.free_symbols) and not base.atoms(sympy.Function)
        if sign not in (1, -1) or not slope.is_Integer or not sizes_only:
            continue
        # low <= sign * key + slope * query + base < high
        least, most = (condition.low, condition.high) if sign == 1 else (_minus(condition.high), _minus(condition.low))
        if sign == -1:
            slope, base = -slope, -base
            least, most = (None if v is None else v + 1 for v in (least, most))
        first, last = FIRST_QUERY, FIRST_QUERY + BLOCK - 1
        if most is not None:
            upper.append(sympy.expand(most - base - slope * (first if slope > 0 else last)))
            grows = grows or slope < 0
        if least is not None:
            lower.append(sympy.expand(least - base - slope * (last if slope > 0 else first)))
    return KeyBounds(tuple(lower), tuple(upper), grows and not lower)


def _minus(value: Any | None) -> Any | None:
    return None if value is None else -sympy.sympify(value)


def _nested(function: str, texts: Sequence[str]) -> str:
    return functools.reduce(lambda a, b: f"{function}({a}, {b})", texts)
