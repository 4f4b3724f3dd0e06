"""Differences of products on which a kernel decides, or of which it takes a root.

Compilers contract ``a * b - c`` to one rounding (``fma``), where the interpreter rounds twice: ``x * x - b * b`` is 0
here where ``b`` is ``x``, and may be a rounding error of either sign there. Among other numbers that is no matter; in a
comparison, a root, a logarithm or an integer it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.walk import walk

_OF_POSITIVES = frozenset({"sqrt", "sqrt_rn", "rsqrt", "log", "log2", "log1p"})


def differences_of_products(kernels: Iterable[ast.FunctionDef]) -> tuple[int, ...]:
    """Their lines."""
    return tuple(sorted({line for kernel in kernels for line in _Kernel(kernel).lines()}))


class _Kernel:
    def __init__(self, kernel: ast.FunctionDef) -> None:
        self._nodes = walk(kernel)
        self._given: dict[str, list[ast.expr]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._given.setdefault(node.targets[0].id, []).append(node.value)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                whole = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
                self._given.setdefault(node.target.id, []).append(whole)

    def lines(self) -> Iterator[int]:
        for node in self._nodes:
            match node:
                case ast.Compare(left=left, comparators=others) if any(map(self._is_difference, (left, *others))):
                    yield node.lineno
                case ast.Call(func=ast.Attribute(attr=name), args=[given, *_]) if name in _OF_POSITIVES:
                    if self._is_difference(given):
                        yield node.lineno
                case ast.Call(func=ast.Attribute(attr="to", value=given), args=[ast.Attribute(attr=kind), *_]):
                    if kind.lstrip("u").startswith("int") and self._is_difference(given):
                        yield node.lineno

    def _is_difference(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return any(self._is_difference(v) for v in self._given.get(node.id, ()) if isinstance(v, ast.BinOp))
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)):
            return False
        return self._is_square(node.left) and self._is_square(node.right)

    def _is_square(self, node: ast.expr) -> bool:
        """A product of two variables. An index is one of a variable and a size, and integers are not contracted."""
        if isinstance(node, ast.Name):
            return any(self._is_square(v) for v in self._given.get(node.id, ()) if isinstance(v, ast.BinOp))
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
            return False
        return all(isinstance(side, ast.Name) and side.id in self._given for side in (node.left, node.right))
