"""Functions in functions that are called there and go nowhere else: they run when what they are in runs."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kernelagent.static.walk import walk

_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
"""What is in them may run at any time."""


def is_only_called(function: ast.FunctionDef | ast.AsyncFunctionDef, around: Sequence[ast.AST]) -> bool:
    """Whether the function around ``function`` names it to call it at once, and for nothing else. ``around``: the nodes
    that it lies in, the outermost first."""
    outer = next((n for n in reversed(around) if isinstance(n, _LATER) and n is not function), None)
    if not isinstance(outer, ast.FunctionDef) or not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return False
    inside = list(walk(outer))
    if any(function.name in n.names for n in inside if isinstance(n, (ast.Global, ast.Nonlocal))):
        return False
    called = {id(n.func) for n in inside if isinstance(n, ast.Call)}
    later = {id(n) for part in inside if isinstance(part, _LATER) and part is not outer for n in walk(part)}
    uses = [n for n in inside if isinstance(n, ast.Name) and n.id == function.name]
    return all(id(n) in called and id(n) not in later for n in uses)
