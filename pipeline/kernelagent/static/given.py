"""What names of a file are given: by assignments, as defaults, and by calls that hand them to parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def all_given(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Of ``nodes``, all of a file; a launch ``kernel[grid](...)`` hands what it is called with, too."""
    nodes = list(nodes)
    functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _to_targets(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield from _to_targets(target, value)
            case ast.FunctionDef(args=parameters):
                ordered = [*parameters.posonlyargs, *parameters.args]
                defaults = parameters.defaults
                yield from ((p.arg, v) for p, v in zip(ordered[len(ordered) - len(defaults) :], defaults, strict=True))
            case ast.Call():
                yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)
                launched = node.func.value if isinstance(node.func, ast.Subscript) else node.func
                function = functions.get(launched.id) if isinstance(launched, ast.Name) else None
                if function is not None and not any(isinstance(arg, ast.Starred) for arg in node.args):
                    yield from zip((p.arg for p in function.args.args), node.args, strict=False)


def _to_targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, given in zip(target.elts, value.elts, strict=True):
            yield from _to_targets(one, given)
    elif isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Attribute):
        yield target.attr, value
