"""Random integers that a file draws to seed a kernel with: reading one of them computes nothing.

How many are drawn, and that what is read is one of them, is seen while the file runs (``dispatch``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from kernelagent.static.walk import walk

Meaning = Callable[[ast.expr], str | None]


def is_seed(node: ast.expr, meaning: Meaning, named: frozenset[str] = frozenset()) -> bool:
    """Whether ``node`` is what ``torch.randint`` has just given, an element of it, or a name of ``named``."""
    match node:
        case ast.Name(id=name):
            return name in named
        case ast.Subscript(value=inner):
            return is_seed(inner, meaning, named)
        case ast.Call(func=function):
            return meaning(function) == "torch.randint"
    return False


def seeds(tree: ast.AST, meaning: Meaning) -> frozenset[str]:
    """Names that stand for such integers wherever the file binds them."""
    drawn: dict[str, int] = {}
    bound: dict[str, int] = {}
    for node in walk(tree):
        if isinstance(node, ast.Assign) and is_seed(node.value, meaning):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    drawn[target.id] = drawn.get(target.id, 0) + 1
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            bound[node.arg] = bound.get(node.arg, 0) + 1
    return frozenset(name for name, times in drawn.items() if bound[name] == times)
