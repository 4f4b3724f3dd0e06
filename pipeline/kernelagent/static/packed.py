"""Numbers of elements for which a kernel has room where it packs a place together with something else: 2**10 in
``(value << 10) + column`` and in ``key >> 10``, 1024 in ``value + column / 1024.0``.

A place is what ``arange``, a program's number or a loop's variable goes into; a value that was loaded is none, so bits
that are taken apart by shifts (weights of 4 bits, two halves of a word) say nothing of sizes. Nor does a hash, which
mixes a number with its own bits.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence

from kernelagent.static.given import all_given
from kernelagent.static.numbers import Number, Numbers
from kernelagent.static.walk import walk

_PLACES = frozenset({"arange", "program_id"})
_TOGETHER = (ast.Add, ast.Sub, ast.BitOr, ast.BitXor)
_MOST_BITS = 30


def packed(kernels: Sequence[ast.FunctionDef], numbers: Numbers) -> Iterator[tuple[int, int]]:
    """Numbers of elements, each with its line."""
    places = _Places(kernels)
    for kernel in kernels:
        for node in filter(None, map(_operation, walk(kernel))):
            yield from ((elements, node.lineno) for elements in _of(node, places, numbers))


def _operation(node: ast.AST) -> ast.BinOp | None:
    """``a << b`` also of ``a <<= b``."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
    return node if isinstance(node, ast.BinOp) else None


def _of(node: ast.BinOp, places: _Places, numbers: Numbers) -> Iterator[int]:
    sides = (node.left, node.right) if isinstance(node.op, ast.Mult) else (node.left,)
    if node not in places.mixed and any(map(places.is_one, sides)):
        yield from _room(node, numbers)
    if isinstance(node.op, _TOGETHER):
        parts = [*_parts(node)]
        for part in parts:
            others = [other for other in parts if other is not part]
            if isinstance(part, ast.BinOp) and part not in places.mixed and any(map(places.is_one, others)):
                yield from _room(part, numbers, is_packed=True)


def _room(node: ast.BinOp, numbers: Numbers, *, is_packed: bool = False) -> Iterator[int]:
    """What is beside it has to be smaller. ``is_packed``: something is added to it."""
    match node.op:
        case ast.LShift() | ast.RShift() if not numbers.values(node.left):
            yield from (1 << bits for bits in numbers.integers(node.right) if 0 < bits < _MOST_BITS)
        case ast.Div():
            yield from numbers.whole(node.right)
        case ast.Mult():
            for factor in (*numbers.values(node.left), *numbers.values(node.right)):
                if 0 < factor < 1:
                    yield from _whole(1 / factor)
                elif is_packed and isinstance(factor, float):
                    yield from _whole(factor)


def _whole(number: Number) -> Iterator[int]:
    if math.isclose(number, round(number), rel_tol=1e-9):
        yield round(number)


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, _TOGETHER):
        yield from _parts(node.left)
        yield from _parts(node.right)
    else:
        yield node


class _Places:
    """Names in kernels that hold places, or something that a place was packed into."""

    def __init__(self, kernels: Sequence[ast.FunctionDef]) -> None:
        nodes = [node for kernel in kernels for node in walk(kernel)]
        given = list(all_given(nodes))
        augmented = [n for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)]
        given += [(getattr(node.target, "id", ""), node.value) for node in augmented]
        self._names = {n.target.id for n in nodes if isinstance(n, ast.For) and isinstance(n.target, ast.Name)}
        while more := {name for name, value in given if self.is_one(value)} - self._names:
            self._names |= more
        self.mixed = {part for node in nodes for part in _with_its_own_bits(node)}
        """Shifts of a hash."""

    def is_one(self, node: ast.expr) -> bool:
        """What is loaded from a place is none, nor what a comparison makes of it."""
        without = {part for part in walk(node) if isinstance(part, ast.Compare) or _called(part) == "load"}
        if node in without:
            return False
        parts = walk(node, without)
        return any(_called(n) in _PLACES or (isinstance(n, ast.Name) and n.id in self._names) for n in parts)


def _with_its_own_bits(node: ast.AST) -> Iterator[ast.BinOp]:
    """Shifts of what they are added to, or put together with."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _TOGETHER):
        parts = [*_parts(node)]
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, _TOGETHER):
        parts = [node.target, *_parts(node.value)]
    else:
        return
    texts = [ast.unparse(part) for part in parts]
    for part in parts:
        is_shift = isinstance(part, ast.BinOp) and isinstance(part.op, (ast.LShift, ast.RShift))
        if is_shift and isinstance(part, ast.BinOp) and _is_among(part, texts, parts):
            yield part


def _is_among(shift: ast.BinOp, texts: Sequence[str], parts: Sequence[ast.expr]) -> bool:
    """Also a rotation: the same, shifted the other way."""
    shifted = ast.unparse(shift.left)
    turned = (p for p in parts if isinstance(p, ast.BinOp) and p is not shift)
    return shifted in texts or any(
        type(p.op) in (ast.LShift, ast.RShift) and ast.unparse(p.left) == shifted for p in turned
    )


def _called(node: ast.AST) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", ""))) if isinstance(node, ast.Call) else ""
