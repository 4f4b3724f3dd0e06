"""Fixed numbers of elements that a kernel may be made for: integers that it holds something against, wherever in it, or
beyond which what it keeps starts anew, or a place runs into what it is packed with (``packed.py``).

Whether the other side is a place, a count or a value, the text does not tell; so such a number is only told where no
case has so many elements (``driver/largest_tried.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.loaded import CUTTING, Loaded
from kernelagent.static.numbers import Numbers
from kernelagent.static.packed import packed
from kernelagent.static.walk import walk

LEAST, MOST = 32, 1 << 30
"""Fewer elements any case has; no case has more."""
_RANDOM = frozenset({"rand", "randn", "randint", "rand4x", "randn4x", "randint4x", "philox"})


def capacities(kernels: Iterable[ast.FunctionDef], numbers: Numbers) -> tuple[tuple[int, int], ...]:
    """Numbers of elements, each with its first line."""
    found: dict[int, int] = {}
    kernels = list(kernels)
    loaded = Loaded(kernels)
    for kernel in kernels:
        bits = _bit_patterns(kernel)
        for node in walk(kernel):
            for held, starts_anew in _held(node, bits):
                for number in numbers.integers(held):
                    elements = number + 1 if starts_anew else number
                    if LEAST <= elements < MOST:
                        found.setdefault(elements, getattr(node, "lineno", kernel.lineno))
            for number in (n for part in loaded.places_in(node) for n in numbers.whole(part)):
                if LEAST <= number < MOST:
                    found.setdefault(number, getattr(node, "lineno", kernel.lineno))
    for number, line in packed(kernels, numbers):
        if LEAST <= number < MOST:
            found.setdefault(number, line)
    return tuple(sorted(found.items()))


def _held(node: ast.AST, bits: frozenset[str]) -> Iterator[tuple[ast.expr, bool]]:
    """Expressions that something is held against, and whether the number after it starts anew, as after a mask."""
    match node:
        case ast.Compare(left=left, comparators=others):
            yield from ((part, False) for part in (left, *others))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=arguments) if name in CUTTING:
            yield from ((part, False) for part in arguments)
        case ast.For(iter=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=arguments)):
            yield from ((part, False) for part in (arguments[1:2] or arguments) if name in ("range", "static_range"))
        case ast.BinOp(left=left, op=ast.Mod(), right=right) | ast.AugAssign(target=left, op=ast.Mod(), value=right):
            if not _is_pattern(left, bits):
                yield right, False
        case (
            ast.BinOp(left=left, op=ast.BitAnd(), right=right)
            | ast.AugAssign(target=left, op=ast.BitAnd(), value=right)
        ):
            if not _is_pattern(left, bits) and not _is_pattern(right, bits):
                yield left, True
                yield right, True


def _bit_patterns(kernel: ast.FunctionDef) -> frozenset[str]:
    """Names of what is a number's bits, or random ones: whose parts are taken by masks."""
    found: set[str] = set()
    for _ in range(3):
        for node in walk(kernel):
            if isinstance(node, (ast.Assign, ast.AugAssign)) and _is_pattern(node.value, frozenset(found)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {part.id for target in targets for part in walk(target) if isinstance(part, ast.Name)}
    return frozenset(found)


def _is_pattern(node: ast.expr, bits: frozenset[str]) -> bool:
    for part in walk(node):
        if isinstance(part, ast.Name) and part.id in bits:
            return True
        if isinstance(part, ast.Call):
            called = getattr(part.func, "attr", getattr(part.func, "id", ""))
            if called in _RANDOM or any(keyword.arg == "bitcast" for keyword in part.keywords):
                return True
    return False
