"""A size in terms of others that are at hand: behind ``s3 = (s1 - 3)//2 + 1`` rows of an input, an output's
``2*((s1 - 3)//2) + 2`` are ``2*s3``, and ``s1//4`` are ``s3//2`` where ``s3`` is ``s1//2``. Each step is an equality
that holds at every size."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sympy

from kernelagent.worker.synth.index import FloorDiv, floor_div, simplify


def by_others(size: Any, known: Mapping[Any, Any], told: Collection[Any]) -> Any | None:
    """``size`` without symbols beyond the ``told`` ones and those that ``known`` gives, expression → its symbol;
    ``None`` where no way is found."""
    allowed = {*told, *known.values()}
    found = sympy.expand(size.subs(dict(known), simultaneous=True))
    for expression, symbol in known.items():
        for part, value in _solved(expression, symbol, allowed):
            tried = _with(found, part, value)
            if _others_in(tried, allowed) < _others_in(found, allowed):
                found = tried
    whole = all(number.is_Integer for number in found.atoms(sympy.Rational) - size.atoms(sympy.Rational))
    return simplify(found, {}) if whole and not _others_in(found, allowed) else None


def by_divided_others(size: Any, known: Mapping[Any, Any], told: Collection[Any]) -> tuple[Any, dict[Any, int]] | None:
    """As :func:`by_others`, of sizes that are always multiples of a number: where ``s3`` is ``2*(s1//2)``, ``s1//2`` is
    ``s3//2``. With the numbers of the symbols that it hangs on."""
    parts = {symbol: sympy.Dummy(integer=True, positive=True) for symbol in known.values()}
    numbers = {symbol: _common_divisor(expression) for expression, symbol in known.items()}
    divided = {sympy.expand(e / numbers[symbol]): parts[symbol] for e, symbol in known.items()}
    found = by_others(size, divided, told)
    if found is None:
        return None
    back = {part: floor_div(symbol, sympy.Integer(numbers[symbol]), {}) for symbol, part in parts.items()}
    used = {symbol: numbers[symbol] for symbol, part in parts.items() if found.has(part) and numbers[symbol] > 1}
    return found.xreplace(back), used


def _common_divisor(expression: Any) -> int:
    """Of all terms of a sum."""
    counts = [term.as_coeff_Mul()[0] for term in sympy.Add.make_args(sympy.expand(expression))]
    return math.gcd(*map(int, counts)) if all(count.is_Integer for count in counts) else 1


def _others_in(size: Any, allowed: Collection[Any]) -> int:
    """How often other symbols stand in it."""
    return sum(part.is_Symbol and part not in allowed for part in sympy.preorder_traversal(size))


def _solved(expression: Any, symbol: Any, allowed: Collection[Any]) -> Iterator[tuple[Any, Any]]:
    """Each part of the sum ``expression``, which is ``symbol``, and what it is by that and by the rest of the sum."""
    total = sympy.expand(expression)
    for term in sympy.Add.make_args(total):
        count, part = term.as_coeff_Mul()
        rest = total - term
        if _others_in(part, allowed) and not rest.has(part):
            yield part, (symbol - rest) / count


def _with(size: Any, part: Any, value: Any) -> Any:
    """``size`` where ``part`` is ``value``."""
    if isinstance(part, FloorDiv):
        size = size.replace(lambda e: isinstance(e, FloorDiv), lambda e: _of_quotient(e, part, value))
    return sympy.expand(size.subs(part, value))


def _of_quotient(size: Any, quotient: Any, value: Any) -> Any:
    """``(a + m*b) // (b*k)`` as ``(value + m) // k``, where ``quotient``, which is ``value``, is ``a // b``."""
    (a, b), (dividend, divisor) = quotient.args, size.args
    times, more = sympy.cancel(divisor / b), sympy.cancel((dividend - a) / b)
    if times.is_Integer and more.is_Integer:
        return floor_div(value + more, times, {})
    return size
