"""Where a name is a function's own, and so not the builtin of that name: ``forward(self, input)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

_Function = ast.FunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def uses_of_locals(nodes: Sequence[ast.AST]) -> frozenset[int]:
    """Identities of the names that mean an argument or a variable of a function, or a comprehension's, wherever they
    stand in it: read before it is bound, a variable raises, and no builtin takes its place. Not so in the body of a
    class in there: what that binds is looked for among the builtins while it is not bound."""
    elsewhere = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    found: set[int] = set()
    for node in nodes:
        if isinstance(node, _Function):
            parts: list[ast.AST] = [*node.body] if isinstance(node.body, list) else [node.body]
            names = _arguments(node) | _bound(parts)
        elif isinstance(node, _Comprehension):
            first, *others = node.generators
            names = {name for generator in node.generators for name in _bound([generator.target])}
            made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            parts = [*made, *first.ifs, *others]
        else:
            continue
        names -= elsewhere
        inside = (part for statement in parts for part in _without(statement, ast.ClassDef))
        found |= {id(part) for part in inside if isinstance(part, ast.Name) and part.id in names}
    return frozenset(found)


def _arguments(function: _Function) -> set[str]:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {one.arg for one in every if one is not None}


def _bound(parts: Sequence[ast.AST]) -> set[str]:
    """Names that the parts assign to in a scope of their own making, not in one that lies in it."""
    inside = (part for one in parts for part in _without(one, *_SCOPES, *_Comprehension.__args__))
    return {part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _without(node: ast.AST, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, kinds):
            yield part
            waiting += ast.iter_child_nodes(part)
