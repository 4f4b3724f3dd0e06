"""Names in kernels that hold what was loaded, or is made of that: values, and no places or sizes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kernelagent.static.given import all_given
from kernelagent.static.walk import walk

CUTTING = frozenset({"minimum", "maximum", "min", "max", "clamp"})


class Loaded:
    """Of the kernels of one file. A name of one of them stands for that name in all; what one hands to another is what
    it was."""

    def __init__(self, kernels: Sequence[ast.FunctionDef]) -> None:
        nodes = [node for kernel in kernels for node in walk(kernel)]
        given = list(all_given(nodes))
        given += [
            (node.target.id, node.value)
            for node in nodes
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
        ]
        self._names: set[str] = set()
        while True:
            more = {name for name, value in given if self.is_loaded(value)} - self._names
            if not more:
                break
            self._names |= more

    def is_loaded(self, node: ast.expr) -> bool:
        for part in walk(node):
            if isinstance(part, ast.Name) and part.id in self._names:
                return True
            if isinstance(part, ast.Call) and getattr(part.func, "attr", getattr(part.func, "id", "")) == "load":
                return True
        return False

    def places_in(self, node: ast.AST) -> list[ast.expr]:
        """What ``node`` holds against each other, none of it a value."""
        parts = _held(node)
        return [] if any(self.is_loaded(part) for part in parts) else parts


def beside_values(nodes: Sequence[ast.AST], kernels: Sequence[ast.FunctionDef]) -> frozenset[ast.AST]:
    """Of ``nodes``, all of a file, those of numbers that ``kernels`` hold against nothing but values that were loaded,
    also by names: what the wrapper hands over, or the file sets, to be held so."""
    loaded = Loaded(kernels)
    inside = [node for kernel in kernels for node in walk(kernel)]
    held: set[ast.AST] = set()
    for node in inside:
        parts = _held(node)
        if any(map(loaded.is_loaded, parts)):
            held.update(inner for part in parts if not loaded.is_loaded(part) for inner in walk(part))
    named = [node for node in nodes if isinstance(node, ast.Name)]
    read = [node for node in named if isinstance(node.ctx, ast.Load)]
    given = list(all_given(nodes))
    while True:
        names = {node.id for node in held if isinstance(node, ast.Name)}
        names -= {node.id for node in read if node not in held}
        more: set[ast.AST] = {inner for name, value in given if name in names for inner in walk(value)}
        more = (more | {node for node in named if node.id in names}) - held
        if not more:
            return frozenset(held)
        held |= more


def _held(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Compare(left=left, comparators=others):
            return [left, *others]
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=parts) if name in CUTTING:
            return parts
    return []
