"""Index algebra: sums of products of sizes and index variables, with floor division and remainder.

Sizes are positive integers; an index variable runs from 0 to its size less one. The simplifications are the ones that
make a chain of views vanish: ``S*(n // S) + n % S`` is ``n``, and ``(i*S + j) // S`` is ``i`` where ``0 <= j < S``.
Inductor (``torch/_inductor/sizevars.py``) is the model for the idea.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth.extents import defined

Expr = sympy.Expr
Index = tuple[Any, ...]
Ranges = Mapping[Any, Any]
"""Index variable → its size."""

ZERO = sympy.Integer(0)
ONE = sympy.Integer(1)


class FloorDiv(sympy.Function):  # type: ignore[misc]
    nargs = 2
    is_integer = True
    is_nonnegative = True

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        """Of numbers a number, for ``Max`` and ``Min`` compare what they are given."""
        return sympy.Integer(int(a) // int(b)) if a.is_Integer and b.is_Integer else None


class Modulo(sympy.Function):  # type: ignore[misc]
    nargs = 2
    is_integer = True
    is_nonnegative = True

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        return sympy.Integer(int(a) % int(b)) if a.is_Integer and b.is_Integer else None


class NodeSymbol(sympy.Dummy):  # type: ignore[misc]
    """A node of the IR as part of an index expression."""

    op: Any

    def __new__(cls, op: Any) -> NodeSymbol:
        made: NodeSymbol = super().__new__(cls, "value", integer=True)
        made.op = op
        return made


class Loaded(sympy.Function):  # type: ignore[misc]
    """A value as part of an index: ``Loaded(node, i, j)`` is the integer that the node has at ``[i, j]``."""

    is_integer = True


class Sqrt(sympy.Function):  # type: ignore[misc]
    """Square root of a size, left for run time."""

    nargs = 1
    is_nonnegative = True


class FloatFloor(sympy.Function):  # type: ignore[misc]
    """The whole part of a float times a size, as Python rounds the product: ``int(1.2 * n)``."""

    nargs = 2
    is_integer = True
    is_nonnegative = True

    @classmethod
    def eval(cls, factor: Any, size: Any) -> Any:
        return sympy.Integer(math.floor(float(factor) * int(size))) if size.is_Integer else None


@functools.lru_cache(maxsize=256)
def dim(position: int) -> Any:
    """The index variable of a consumer's ``position``-th dimension."""
    return sympy.Symbol(f"d{position}", integer=True, nonnegative=True)


def size_symbol(name: str) -> Any:
    return sympy.Symbol(name, integer=True, positive=True)


def product(values: Sequence[Any]) -> Any:
    return sympy.Mul(*values) if values else ONE


def contiguous_strides(shape: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(product(shape[i + 1 :]) for i in range(len(shape)))


def ravel(index: Sequence[Any], shape: Sequence[Any]) -> Any:
    """Row-major position of ``index`` in ``shape``."""
    return sympy.expand(
        sympy.Add(*(i * s for i, s in zip(index, contiguous_strides(shape), strict=True))) if index else ZERO
    )


def unravel(flat: Any, shape: Sequence[Any], ranges: Ranges) -> Index:
    """Inverse of :func:`ravel`."""
    out = []
    for position, stride in enumerate(contiguous_strides(shape)):
        quotient = floor_div(flat, stride, ranges)
        out.append(quotient if position == 0 else modulo(quotient, shape[position], ranges))
    return tuple(ZERO if s == 1 else i for i, s in zip(out, shape, strict=True))


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps results by the expressions and the ranges of their variables: a network asks the same of every layer."""

    @functools.lru_cache(maxsize=1 << 16)
    def known(expressions: tuple[Any, ...], ranges: tuple[tuple[Any, Any], ...]) -> Any:
        return function(*expressions, dict(ranges))

    @functools.wraps(function)
    def ask(*arguments: Any) -> Any:
        *expressions, ranges = arguments
        given = tuple(sympy.sympify(e) for e in expressions)
        if not ranges:
            return known(given, ())
        used = set().union(*(_symbols(e) for e in given))
        return known(given, tuple((v, size) for v, size in ranges.items() if v in used))

    return ask


@functools.lru_cache(maxsize=1 << 16)
def _symbols(expression: Any) -> frozenset[Any]:
    return frozenset(expression.free_symbols)


@_remembered
def floor_div(a: Any, b: Any, ranges: Ranges) -> Any:
    a, b = sympy.expand(a), sympy.expand(b)
    if b == 1:
        return a
    if a.is_Integer and b.is_Integer:
        return sympy.Integer(int(a) // int(b))
    whole, rest = _split_above_zero(a, b, ranges)
    if rest == 0 or within(rest, b, ranges):
        return whole
    common, high, _ = _common_factor(rest, b, ranges)
    if common != 1:
        return whole + floor_div(high, sympy.cancel(b / common), ranges)
    if isinstance(rest, FloorDiv):
        return whole + floor_div(rest.args[0], rest.args[1] * b, ranges)
    return whole + FloorDiv(rest, b)


@_remembered
def modulo(a: Any, b: Any, ranges: Ranges) -> Any:
    a, b = sympy.expand(a), sympy.expand(b)
    if b == 1:
        return ZERO
    if a.is_Integer and b.is_Integer:
        return sympy.Integer(int(a) % int(b))
    _, rest = _split_above_zero(a, b, ranges)
    if rest == 0:
        return ZERO
    if within(rest, b, ranges):
        return rest
    common, high, low = _common_factor(rest, b, ranges)
    if common != 1:
        return sympy.expand(common * modulo(high, sympy.cancel(b / common), ranges)) + low
    if isinstance(rest, Modulo) and _divides(b, rest.args[1]):
        return modulo(rest.args[0], b, ranges)
    return Modulo(rest, b)


@_remembered
def simplify(expression: Any, ranges: Ranges) -> Any:
    """Rebuild bottom-up with the rules above, then join quotients with their remainders."""
    expression = sympy.sympify(expression)
    if not expression.args:
        return expression
    args = [simplify(a, ranges) for a in expression.args]
    if isinstance(expression, FloorDiv):
        return floor_div(args[0], args[1], ranges)
    if isinstance(expression, Modulo):
        return modulo(args[0], args[1], ranges)
    rebuilt = sympy.expand(expression.func(*args))
    return _join(rebuilt, ranges) if rebuilt.is_Add else rebuilt


def substitute(expression: Any, mapping: Mapping[Any, Any], ranges: Ranges) -> Any:
    """Replace variables, then simplify with the ranges of the new ones."""
    replaced = sympy.sympify(expression).xreplace({k: sympy.sympify(v) for k, v in mapping.items()})
    return simplify(replaced, ranges)


def at_sizes(expression: Any, sizes: Mapping[Any, int]) -> int:
    """The number that an expression over sizes is at given sizes."""
    return int(substitute(defined(sympy.sympify(expression)), sizes, {}))


@functools.lru_cache(maxsize=1 << 14)
def nonnegative(expression: Any) -> bool:
    """Whether a polynomial in sizes (each at least 1) is provably at least 0."""
    expression = sympy.expand(defined(sympy.expand(expression)))
    atoms = [a for a in expression.atoms(sympy.Symbol, FloorDiv, Modulo, sympy.Max, sympy.Min)]
    if any(not a.is_Symbol for a in atoms):
        return bool(expression.is_nonnegative)
    shifted = sympy.expand(expression.xreplace({a: a + 1 for a in atoms}))
    return all(term.as_coeff_Mul()[0] >= 0 for term in sympy.Add.make_args(shifted))


def _split(a: Any, b: Any) -> tuple[Any, Any]:
    """``a = whole * b + rest``, term by term."""
    whole, rest = [], []
    for term in sympy.Add.make_args(a):
        quotient = _quotient(term, b)
        if quotient is not None:
            whole.append(quotient)
        elif term.is_Integer and b.is_Integer:
            whole.append(sympy.Integer(int(term) // int(b)))
            rest.append(sympy.Integer(int(term) % int(b)))
        else:
            rest.append(term)
    return sympy.Add(*whole), sympy.Add(*rest)


def _split_above_zero(a: Any, b: Any, ranges: Ranges) -> tuple[Any, Any]:
    """``a = whole * b + rest`` with a ``rest`` that is not negative: Triton rounds quotients towards zero. As little of
    ``b`` as will do is left in it, all where that can't be told; ``a`` itself is not negative."""
    whole, rest = _split(a, b)
    if whole == 0 or _has_no_negative_term(rest):
        return whole, rest
    low = lower_bound(rest, ranges)
    if low is None:
        return ZERO, a
    times, left = _split(low, b)
    for more in (-times, ONE - times):
        if nonnegative(left + (more + times) * b):
            return sympy.expand(whole - more), sympy.expand(rest + more * b)
    return ZERO, a


def _has_no_negative_term(expression: Any) -> bool:
    return all(term.as_coeff_Mul()[0] >= 0 for term in sympy.Add.make_args(expression))


@functools.lru_cache(maxsize=1 << 16)
def _quotient(term: Any, b: Any) -> Any | None:
    """``term / b`` where it comes out whole, else ``None``. Products are divided factor by factor; ``cancel``, which
    builds
    polynomials to do so, is for what holds sums."""
    if b.is_Add or term.is_Add:
        quotient = sympy.cancel(term / b)
        return quotient if quotient.as_numer_denom()[1] == 1 else None
    (count, factors), (divisor, dividing) = term.as_coeff_Mul(), b.as_coeff_Mul()
    if not (count.is_Integer and divisor.is_Integer):
        return None
    if int(count) % int(divisor):
        return None
    have = dict(factors.as_powers_dict())
    for base, power in dividing.as_powers_dict().items():
        if base == 1:
            continue
        left = have.get(base, ZERO) - power
        if not left.is_nonnegative:
            return None
        have[base] = left
    return sympy.Mul(sympy.Integer(int(count) // int(divisor)), *(base**power for base, power in have.items()))


def _divides(b: Any, term: Any) -> bool:
    return _quotient(term, b) is not None


@functools.lru_cache(maxsize=1 << 14)
def _gcd(a: Any, b: Any) -> Any:
    return sympy.gcd(a, b)


def _common_factor(rest: Any, b: Any, ranges: Ranges) -> tuple[Any, Any, Any]:
    """``rest = common * high + low`` with ``common`` a proper factor of ``b`` and ``0 <= low < common``."""
    terms = sympy.Add.make_args(rest)
    candidates = {_gcd(term, b) for term in terms} - {ONE}
    for common in sorted(candidates, key=str, reverse=True):
        if common == b or common.free_symbols & set(ranges):
            continue
        high = [t for t in terms if _divides(common, t)]
        low = sympy.Add(*[t for t in terms if not _divides(common, t)])
        if high and (low == 0 or within(low, common, ranges)):
            return common, sympy.Add(*(_quotient(t, common) for t in high)), low
    return ONE, rest, ZERO


def within(expression: Any, bound: Any, ranges: Ranges) -> bool:
    """Provably ``0 <= expression < bound``."""
    low = ZERO if _has_no_negative_term(expression) else lower_bound(expression, ranges)
    top = None if low is None else upper_bound(expression, ranges)
    return top is not None and nonnegative(low) and nonnegative(bound - 1 - top)


@_remembered
def upper_bound(expression: Any, ranges: Ranges) -> Any | None:
    """Largest value of a sum whose index variables are known; ``None`` where a term has no known bound."""
    return _bound(expression, ranges, upper=True)


@_remembered
def lower_bound(expression: Any, ranges: Ranges) -> Any | None:
    """Smallest value, likewise."""
    return _bound(expression, ranges, upper=False)


def _bound(expression: Any, ranges: Ranges, upper: bool) -> Any | None:
    total = ZERO
    for term in sympy.Add.make_args(sympy.expand(expression)):
        coefficient, factors = term.as_coeff_Mul()
        if all(_is_size(factor) for factor in sympy.Mul.make_args(factors)):
            total += term
            continue
        if bool(coefficient > 0) is not upper:
            continue  # none of its factors is negative, and all that are no sizes may be 0
        value = coefficient
        for factor in sympy.Mul.make_args(factors):
            if factor in ranges:
                value *= ranges[factor] - 1
            elif isinstance(factor, Modulo):
                value *= factor.args[1] - 1
            elif isinstance(factor, FloorDiv):
                inner = upper_bound(factor.args[0], ranges)
                if inner is None:
                    return None
                steps = floor_div(inner + 1, factor.args[1], {})
                exact = sympy.expand(steps * factor.args[1] - inner - 1) == 0
                value *= steps - 1 if exact else floor_div(inner, factor.args[1], {})
            elif _is_size(factor):
                value *= factor
            else:
                return None
        total += value
    return sympy.expand(total)


def _is_size(factor: Any) -> bool:
    return bool(factor.is_Integer or (factor.is_Symbol and factor.is_positive))


def _join(total: Any, ranges: Ranges) -> Any:
    """``c*S*(n // S) + c*(n % S)`` → ``c*n``; ``c*S*((n // S) % T) + c*(n % S)`` → ``c*(n % (S*T))``."""
    changed = True
    while changed:
        changed = False
        terms = list(sympy.Add.make_args(total))
        for term in terms:
            for factor in sympy.Mul.make_args(term):
                if not isinstance(factor, Modulo):
                    continue
                coefficient = sympy.cancel(term / factor)
                n, s = factor.args
                quotient = floor_div(n, s, ranges)
                partner = sympy.expand(coefficient * s * quotient)
                rest = _without(total - term, partner)
                if rest is not None:
                    total, changed = sympy.expand(rest + coefficient * n), True
                    break
                for other in terms:
                    for wider in sympy.Mul.make_args(other):
                        if not isinstance(wider, Modulo) or wider.args[0] != quotient:
                            continue
                        if sympy.expand(other - coefficient * s * wider) == 0:
                            joined = modulo(n, s * wider.args[1], ranges)
                            total, changed = sympy.expand(total - term - other + coefficient * joined), True
                            break
                    if changed:
                        break
            if changed:
                break
    return total


def _without(total: Any, partner: Any) -> Any | None:
    """``total - partner`` where every term of ``partner`` is a term of ``total``."""
    have = list(sympy.Add.make_args(sympy.expand(total)))
    for term in sympy.Add.make_args(partner):
        if term not in have:
            return None
        have.remove(term)
    return sympy.Add(*have)
