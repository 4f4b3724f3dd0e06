"""Free sizes recovered from the shapes of the tensors at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.size_text import parse_size


def size_assignments(tensors: Sequence[tuple[str, Sequence[str]]]) -> tuple[list[str], set[Any]]:
    """Lines such as ``s0, s1 = x.shape[0], x.shape[1]`` for the sizes in ``tensors`` (text, dimensions), and the
    symbols
    that they define. A dimension that is linear in one symbol not yet known gives that symbol."""
    known: set[Any] = set()
    lines: list[str] = []
    progress = True
    while progress:
        progress = False
        for text, dims in tensors:
            found: list[tuple[str, str]] = []
            for axis, size in enumerate(dims):
                expression = parse_size(size)
                unknown = expression.free_symbols - known
                if len(unknown) != 1:
                    continue
                (symbol,) = unknown
                solved = _solve(expression, symbol, f"{text}.shape[{axis}]")
                if solved is not None:
                    found.append((str(symbol), solved))
                    known.add(symbol)
            if found:
                lines.append(f"{', '.join(n for n, _ in found)} = {', '.join(t for _, t in found)}")
                progress = True
    return lines, known


def size_checks(graph: Graph) -> list[str]:
    """Lines that refuse sizes at which the module does something else than its trace."""
    found: list[str] = []
    for free in graph.free_sizes:
        if free.minimum > 1:
            found += _refusal(f"{free.symbol} < {free.minimum}", f"{free.where} must be at least {free.minimum}")
        if free.maximum is not None:
            found += _refusal(f"{free.symbol} > {free.maximum}", f"{free.where} must be at most {free.maximum}")
        if free.multiple_of > 1:
            wanted = f"{free.where} must be a multiple of {free.multiple_of}"
            found += _refusal(f"{free.symbol} % {free.multiple_of}", wanted)
    for comparison in graph.comparisons:
        where = ", ".join(f"{f.symbol} is {f.where}" for f in graph.free_sizes if f.symbol in comparison.fails_at)
        found += _refusal(comparison.fails, f"these kernels are for sizes where {comparison.holds} ({where})")
    return found


def _refusal(condition: str, text: str) -> list[str]:
    return [f"if {condition}:", f'    raise ValueError("{text}")']


def _solve(expression: Any, symbol: Any, text: str) -> str | None:
    if expression == symbol:
        return text
    polynomial = sympy.Poly(expression, symbol) if expression.is_polynomial(symbol) else None
    if polynomial is None or polynomial.degree() != 1:
        return None
    factor, rest = polynomial.all_coeffs()
    shifted = text if rest == 0 else f"({text} - {to_text(rest)})" if rest != 0 else text
    return f"{shifted} // {to_text(factor, None, 2)}" if factor != 1 else shifted.strip("()") if rest == 0 else shifted
