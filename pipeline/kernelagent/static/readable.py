"""Tensors that a wrapper may read a number of: random integers that it draws to seed a kernel with, and memory that it
has made itself, in which a kernel may have counted how large a result is.

How many are read, and that they are integers which a kernel wrote, is seen while the file runs (``dispatch``).
"""

from __future__ import annotations

import ast
from collections import Counter
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
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def is_readable(node: ast.expr, meaning: Meaning, named: frozenset[ast.Name] = frozenset()) -> bool:
    """Whether ``node`` is what a call of ``_MAKERS`` has just given, an element of it, or a name of ``named``."""
    match node:
        case ast.Name():
            return node in named
        case ast.Subscript(value=inner):
            return is_readable(inner, meaning, named)
        case ast.Call(func=ast.Attribute(attr=attribute) as function):
            if attribute in _MAKING_METHODS or meaning(function) in _MAKERS:
                return True
            return attribute in _LEAVING and is_readable(function.value, meaning, named)
        case ast.Call(func=function):
            return meaning(function) in _MAKERS
    return False


def readable(tree: ast.AST, meaning: Meaning) -> frozenset[ast.Name]:
    """Where a name stands for such a tensor: it is given nothing else in its outermost function, or, where that does
    not bind it, in the file outside of functions. A kernel's own ``p`` is another one than the wrapper's."""
    made: Counter[tuple[ast.AST | None, str]] = Counter()
    bound: Counter[tuple[ast.AST | None, str]] = Counter()
    names: list[tuple[ast.AST | None, ast.Name]] = []
    scopes: dict[ast.AST, ast.AST] = {}
    for node in walk(tree):
        if isinstance(node, _FUNCTIONS) and node not in scopes:
            scopes |= dict.fromkeys(walk(node), node)
        scope = scopes.get(node)
        if isinstance(node, ast.Assign) and is_readable(node.value, meaning):
            made.update((scope, target.id) for target in node.targets if isinstance(target, ast.Name))
        if isinstance(node, ast.Name):
            names.append((scope, node))
            bound[scope, node.id] += not isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.arg):
            bound[scope, node.arg] += 1
        elif isinstance(node, ast.Global):
            bound.update((None, name) for name in node.names)

    def is_made(place: tuple[ast.AST | None, str]) -> bool:
        return 0 < made[place] == bound[place]

    return frozenset(
        node for scope, node in names if is_made((scope, node.id) if bound[scope, node.id] else (None, node.id))
    )
