"""Numbers of its own that a kernel compares something with: where it goes another way at a value.

Whether a value is compared or a place, the text does not tell.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.numbers import Numbers
from kernelagent.static.walk import walk

LARGEST = 1 << 14
"""Of larger ones hardly any result stays finite in 16 bits."""
_MOST = 8


def compared_values(kernels: Iterable[ast.FunctionDef], numbers: Numbers) -> tuple[float, ...]:
    """Fractions first, which are no places; 0 and 1 are met anyway."""
    found = {
        float(number)
        for kernel in kernels
        for node in walk(kernel)
        if isinstance(node, ast.Compare)
        for operand in (node.left, *node.comparators)
        for number in _values(operand, numbers)
        if abs(number) <= LARGEST and abs(number) not in (0, 1)
    }
    return tuple(sorted(sorted(found, key=lambda n: (n.is_integer(), n))[:_MOST]))


def _values(operand: ast.expr, numbers: Numbers) -> Iterator[float]:
    if isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.USub):
        yield from (-number for number in numbers.values(operand.operand))
    else:
        yield from numbers.values(operand)
