"""Free sizes recovered from the shapes of the tensors at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.index import parse_size


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


def _solve(expression: Any, symbol: Any, text: str) -> str | None:
    if expression == symbol:
        return text
    polynomial = sympy.Poly(expression, symbol) if expression.is_polynomial(symbol) else None
    if polynomial is None or polynomial.degree() != 1:
        return None
    factor, rest = polynomial.all_coeffs()
    shifted = text if rest == 0 else f"({text} - {to_text(rest)})" if rest != 0 else text
    return f"{shifted} // {to_text(factor, None, 2)}" if factor != 1 else shifted.strip("()") if rest == 0 else shifted
