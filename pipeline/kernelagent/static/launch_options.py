"""What in a wrapper only chooses how a kernel is compiled, such as ``num_warps``: it changes no result."""

from __future__ import annotations

import ast
from collections.abc import Container

from kernelagent.static.walk import walk

_OPTIONS = frozenset({"num_warps", "num_stages", "num_ctas", "maxnreg"})


def launch_options(function: ast.AST, parameters: Container[str]) -> set[ast.AST]:
    """Expressions whose values go nowhere else, and the tests of branches that only assign such. ``parameters``: of the
    file's kernels; one that bears an option's name is none."""
    nodes = walk(function)
    given = [
        keyword.value
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript)
        for keyword in node.keywords
        if keyword.arg in _OPTIONS and keyword.arg not in parameters
    ]
    inside = {part for value in given for part in walk(value)}
    loaded = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n not in inside}
    names = {part.id for part in inside if isinstance(part, ast.Name)} - loaded
    found: set[ast.AST] = set(given)
    for node in nodes:
        if isinstance(node, ast.Assign) and _only(node, names):
            found.add(node.value)
        elif isinstance(node, ast.If) and all(_only(s, names) for s in (*node.body, *node.orelse)):
            found.add(node.test)
    return found


def _only(statement: ast.stmt, names: set[str]) -> bool:
    """It assigns nothing but ``names``, be it in branches."""
    match statement:
        case ast.Assign(targets=targets):
            return all(isinstance(target, ast.Name) and target.id in names for target in targets)
        case ast.If(body=body, orelse=orelse):
            return all(_only(inner, names) for inner in (*body, *orelse))
    return False
