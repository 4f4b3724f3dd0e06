"""Sizes and indices as Python text: what stands in kernels and in wrappers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from kernelagent.worker.synth.extents import Extent
from kernelagent.worker.synth.index import FloatFloor, FloorDiv, Modulo, Sqrt

_SUM, _PRODUCT, _ATOM = 0, 1, 2


def to_text(expression: Any, names: Mapping[Any, str] | None = None, parent: int = _SUM) -> str:
    """``names`` gives variables the text that they have here. Terms with the largest stride come first."""
    names = names or {}
    expression = sympy.sympify(expression)
    if expression in names:
        return names[expression]
    if isinstance(expression, Extent):
        return to_text(expression.definition, names, parent)
    if expression.is_Integer:
        return _wrapped(str(int(expression)), _SUM if expression < 0 else _ATOM, parent)
    if expression.is_Number:
        return repr(float(expression))
    if expression.is_Symbol:
        return str(expression)
    if expression.is_Add:
        return _wrapped(_sum(expression, names), _SUM, parent)
    if expression.is_Mul:
        return _wrapped(_product(expression, names), _PRODUCT, parent)
    if isinstance(expression, (FloorDiv, Modulo)):
        sign = "//" if isinstance(expression, FloorDiv) else "%"
        left, right = (to_text(a, names, _ATOM) for a in expression.args)
        return _wrapped(f"{left} {sign} {right}", _PRODUCT, parent if parent != _PRODUCT else _ATOM)
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        return _wrapped(" * ".join([to_text(expression.base, names, _ATOM)] * int(expression.exp)), _PRODUCT, parent)
    if expression.is_Pow and expression.exp == -1:
        return _wrapped(f"1 / {to_text(expression.base, names, _ATOM)}", _PRODUCT, parent)
    if expression.is_Pow and expression.exp.is_number:
        return _wrapped(f"{to_text(expression.base, names, _ATOM)} ** {float(expression.exp)!r}", _PRODUCT, parent)
    if isinstance(expression, (sympy.Max, sympy.Min)):
        name = "max" if isinstance(expression, sympy.Max) else "min"
        return f"{name}({', '.join(to_text(a, names) for a in expression.args)})"
    if isinstance(expression, FloatFloor):
        factor, size = expression.args
        return f"int({float(factor)!r} * {to_text(size, names, _ATOM)})"
    if isinstance(expression, Sqrt):
        return f"math.sqrt({to_text(expression.args[0], names)})"
    raise ValueError(f"cannot print the size {expression}")


def _wrapped(text: str, binding: int, parent: int) -> str:
    return f"({text})" if binding < parent else text


def _sum(expression: Any, names: Mapping[Any, str]) -> str:
    terms = sorted(expression.args, key=lambda t: _rank(t, names))
    out = ""
    for term in terms:
        coefficient, rest = term.as_coeff_Mul()
        if out and coefficient < 0:
            out += " - " + to_text(-coefficient * rest, names, _PRODUCT)
        else:
            out += (" + " if out else "") + to_text(term, names, _PRODUCT)
    return out


def _rank(term: Any, names: Mapping[Any, str]) -> tuple[bool, int, int, str]:
    """What is added before what is subtracted; indices before sizes before numbers; among indices, the one with more
    factors (a larger stride) first."""
    negative = bool(term.as_coeff_Mul()[0] < 0)
    if term.is_number:
        return (negative, 2, 0, "")
    indexed = bool(term.free_symbols & set(names))
    return (negative, 0 if indexed else 1, -_stride_size(term, names), str(term))


def _stride_size(term: Any, names: Mapping[Any, str]) -> int:
    total = 0
    for factor in sympy.Mul.make_args(term):
        if factor.is_Integer:
            total += max(len(bin(abs(int(factor)))) - 3, 0)
        elif not (factor.free_symbols & set(names)):
            total += 100
    return total


def _product(expression: Any, names: Mapping[Any, str]) -> str:
    coefficient, rest = expression.as_coeff_Mul()
    factors = sorted(sympy.Mul.make_args(rest), key=lambda f: (0 if f.free_symbols & set(names) else 1, str(f)))
    parts = [to_text(f, names, _ATOM if isinstance(f, (FloorDiv, Modulo)) else _PRODUCT) for f in factors]
    parts = [f"({p})" if " // " in p and not p.startswith("(") else p for p in parts]
    if coefficient == -1:
        return "-" + " * ".join(parts)
    if coefficient != 1:
        parts.append(to_text(coefficient, names, _PRODUCT))
    return " * ".join(parts)
