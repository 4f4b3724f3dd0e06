"""Numbers of its own that a kernel compares something with, or takes from something: where it may go another way at a
value.

Whether a value is compared or a place, the text does not tell; nor what a difference that is 0 there does.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterable, Iterator

from kernelagent.static.numbers import Numbers
from kernelagent.static.walk import walk

LARGEST = 1 << 14
"""Of larger ones hardly any result stays finite in 16 bits."""
_MOST = 8
_LEAST_BITS, _BITS = 1 << 23, 1 << 31
"""Between them lie the bits of positive float32 that are no denormals."""


def compared_values(kernels: Iterable[ast.FunctionDef], numbers: Numbers) -> tuple[float, ...]:
    """Those that are compared first, and fractions, which are no places; 0 and 1 are met anyway."""
    nodes = [node for kernel in kernels for node in walk(kernel)]
    compared = {
        number
        for node in nodes
        if isinstance(node, ast.Compare)
        for operand in (node.left, *node.comparators)
        for number in _told(_values(operand, numbers))
    }
    met = {number for node in nodes if isinstance(node, ast.BinOp) for number in _told(_vanishing(node, numbers))}
    found = [*sorted(compared, key=_fractions_first), *sorted(met - compared, key=_fractions_first)]
    return tuple(sorted(found[:_MOST]))


def _told(found: Iterable[float]) -> Iterator[float]:
    return (float(number) for number in found if abs(number) <= LARGEST and abs(number) not in (0, 1))


def _fractions_first(number: float) -> tuple[bool, float]:
    return number.is_integer(), number


def _vanishing(node: ast.BinOp, numbers: Numbers) -> Iterator[float]:
    """Where a sum or a difference with a number is 0; with a large integer, of the float with its bits."""
    if not isinstance(node.op, (ast.Add, ast.Sub)):
        return
    for number in (number for operand in (node.left, node.right) for number in _values(operand, numbers)):
        if not float(number).is_integer():
            yield -number if isinstance(node.op, ast.Add) else number
        elif _LEAST_BITS <= abs(number) < _BITS:
            yield struct.unpack("<f", struct.pack("<I", int(abs(number))))[0]


def _values(operand: ast.expr, numbers: Numbers) -> Iterator[float]:
    if isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.USub):
        yield from (-number for number in numbers.values(operand.operand))
    else:
        yield from numbers.values(operand)
