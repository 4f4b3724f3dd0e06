"""What ``forward(self, *tensors)`` is given: how many, as its body takes them apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def rest_of(forward: ast.FunctionDef) -> ast.arg | None:
    """The parameter that takes everything, where there is no other one that must be given."""
    spec = forward.args
    is_alone = len([*spec.posonlyargs, *spec.args]) <= 1 and None not in spec.kw_defaults
    return spec.vararg if is_alone else None


def count_of(forward: ast.FunctionDef, rest: ast.arg) -> int:
    """How many there should be at least; 0 where the body says nothing of them. Of several that are added up or put
    side by side, two."""
    nodes = [node for statement in forward.body for node in ast.walk(statement)]
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id == rest.arg]
    if not uses:
        return 0
    taken = list(_taken(nodes, rest.arg))
    if taken:
        return max(taken)
    handed_on = {id(node.value) for node in nodes if isinstance(node, ast.Starred)}
    return 1 if any(id(use) in handed_on for use in uses) else 2


def _taken(nodes: list[ast.AST], name: str) -> Iterator[int]:
    """``a, b = xs`` and ``xs[0]``"""
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
            for target in node.targets:
                if isinstance(target, (ast.Tuple, ast.List)):
                    yield len([each for each in target.elts if not isinstance(each, ast.Starred)]) or 1
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name:
            try:
                place = ast.literal_eval(node.slice)
            except ValueError:
                continue
            if isinstance(place, int):
                yield place + 1 if place >= 0 else -place
