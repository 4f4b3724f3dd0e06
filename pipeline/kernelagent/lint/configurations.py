"""What an autotuner is handed to choose from, wherever in the file it is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kernelagent.lint.kernel_file import KernelFile
from kernelagent.static.walk import walk


def made(configs: ast.expr, file: KernelFile) -> list[ast.Call]:
    """Calls of ``triton.Config`` behind an expression, through names and functions of the file; empty where they are
    made elsewhere."""
    given = _given(file.source.tree)
    nodes: dict[ast.AST, None] = dict.fromkeys(walk(configs))
    queue = list(nodes)
    followed: set[str] = set()
    for node in queue:  # it grows meanwhile
        if isinstance(node, ast.Name) and node.id not in followed:
            followed.add(node.id)
            queue += [new for origin in given.get(node.id, ()) for new in walk(origin) if new not in nodes]
            nodes |= dict.fromkeys(queue)
    return [node for node in nodes if isinstance(node, ast.Call) and file.names.of(node.func) == "triton.Config"]


def _given(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Name → what it is ever given, and functions of that name."""
    found: dict[str, list[ast.AST]] = {}
    for name, origin in _names(tree):
        found.setdefault(name, []).append(origin)
    return found


def _names(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in walk(tree):
        match node:
            case ast.FunctionDef(name=name):
                yield name, node
            case ast.Assign(targets=targets, value=value):
                yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.AugAssign(target=ast.Name(id=name), value=value)
            ):
                yield name, value
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend"), args=[value]):
                yield name, value
