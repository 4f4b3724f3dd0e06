"""Tensors that a wrapper may read a number of: random integers that it draws to seed a kernel with, and memory that it
has made itself, in which a kernel may have counted how large a result is.

How many are read, and that they are integers which a kernel wrote, is seen while the file runs (``dispatch``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from kernelagent.static.walk import walk

Meaning = Callable[[ast.expr], str | None]

_MAKERS = frozenset(
    {"torch.randint", "torch.empty", "torch.zeros", "torch.empty_like", "torch.zeros_like"}
    | {"torch.full", "torch.full_like", "torch.ones", "torch.ones_like"}
)
_MAKING_METHODS = frozenset({"new_empty", "new_zeros", "new_full", "new_ones"})
_LEAVING = frozenset(
    {"cpu", "to", "contiguous", "detach", "clone", "view", "reshape", "flatten", "squeeze", "unsqueeze", "narrow"}
    | {"ravel", "select", "unbind", "transpose", "permute", "expand"}
)
"""Methods that leave the numbers what they are."""


def is_readable(node: ast.expr, meaning: Meaning, named: frozenset[str] = frozenset()) -> bool:
    """Whether ``node`` is what a call of ``_MAKERS`` has just given, an element of it, or a name of ``named``."""
    match node:
        case ast.Name(id=name):
            return name in named
        case ast.Subscript(value=inner):
            return is_readable(inner, meaning, named)
        case ast.Call(func=ast.Attribute(attr=attribute) as function):
            if attribute in _MAKING_METHODS or meaning(function) in _MAKERS:
                return True
            return attribute in _LEAVING and is_readable(function.value, meaning, named)
        case ast.Call(func=function):
            return meaning(function) in _MAKERS
    return False


def readable(tree: ast.AST, meaning: Meaning) -> frozenset[str]:
    """Names that stand for such tensors wherever the file binds them."""
    made: dict[str, int] = {}
    bound: dict[str, int] = {}
    for node in walk(tree):
        if isinstance(node, ast.Assign) and is_readable(node.value, meaning):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    made[target.id] = made.get(target.id, 0) + 1
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            bound[node.arg] = bound.get(node.arg, 0) + 1
    return frozenset(name for name, times in made.items() if bound[name] == times)
