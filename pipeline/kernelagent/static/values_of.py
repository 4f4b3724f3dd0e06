"""Which expressions of a file a value rests on, through local names and what functions of the file return.

The order of statements and scopes inside one function are not regarded: a name stands for all that it is ever given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kernelagent.static.walk import walk

_SIZES = frozenset({"numel", "size", "stride", "dim", "len", "int", "prod", "element_size", "nelement"})
"""Functions and methods that give sizes, or leave them what they are."""


@dataclass(frozen=True)
class Behind:
    """What is behind one expression."""

    rests_on: frozenset[ast.expr]
    """Names, attributes, items and calls whose values it is made from."""
    reached: frozenset[ast.expr]
    """All expressions that were gone through."""
    is_size: bool
    """It is a size as it stands, or a product of some: no other arithmetic, no call but for a size."""


class Values:
    """Of one file."""

    def __init__(self, tree: ast.Module) -> None:
        self._given: dict[ast.AST, dict[str, list[ast.expr]]] = {}
        self._returned: dict[str, list[tuple[ast.AST, ast.expr]]] = {}
        self._of_file = _assignments(list(tree.body))
        for function in _functions(tree):
            nodes = walk(function)
            for node in nodes:
                if isinstance(node, ast.Return) and node.value is not None:
                    self._returned.setdefault(function.name, []).append((function, node.value))
            self._given[function] = _assignments(nodes)

    def scope_of(self, outermost: ast.AST) -> ast.AST | None:
        return outermost if outermost in self._given else None

    def written_as(self, expression: ast.expr, scope: ast.AST | None) -> ast.List | ast.Tuple | ast.Dict | None:
        """The display that it is, or that its name is given, and nothing else. ``None``: there is none, or it tells no
        items apart."""
        if isinstance(expression, ast.Name):
            known = self._given.get(scope, {}) if scope is not None else {}
            given = known.get(expression.id) or self._of_file.get(expression.id, [])
            if len(given) != 1:
                return None
            expression = given[0]
        match expression:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return None if any(isinstance(item, ast.Starred) for item in items) else expression
            case ast.Dict(keys=keys):
                return None if None in keys else expression
        return None

    def behind(self, expression: ast.expr, scope: ast.AST | None) -> Behind:
        rests_on: set[ast.expr] = set()
        reached: set[ast.expr] = set()
        is_size = True
        queue: list[tuple[ast.AST, ast.AST | None]] = [(expression, scope)]
        while queue:
            node, inside = queue.pop()
            if node in reached:
                continue
            if isinstance(node, ast.expr):
                reached.add(node)
            match node:
                case ast.Name(id=name):
                    rests_on.add(node)
                    known = self._given.get(inside, {}) if inside is not None else {}
                    queue += [(given, inside) for given in known.get(name, ())]
                case ast.Attribute():
                    rests_on.add(node)
                case ast.Subscript(value=value, slice=key):
                    rests_on.add(node)
                    queue += [(key, inside)]
                    queue += [(value, inside)] if isinstance(value, ast.Name) else []
                case ast.Call(func=function):
                    rests_on.add(node)
                    called = getattr(function, "id", getattr(function, "attr", ""))
                    is_size = is_size and (called in _SIZES or called in self._returned)
                    queue += [(argument, inside) for argument in (*node.args, *(k.value for k in node.keywords))]
                    queue += [(function.value, inside)] if isinstance(function, ast.Attribute) else []
                    queue += [(value, there) for there, value in self._returned.get(called, ())]
                case ast.Constant() | ast.Tuple() | ast.Starred():
                    queue += [(child, inside) for child in ast.iter_child_nodes(node)]
                case ast.BinOp(op=op):
                    is_size = is_size and isinstance(op, ast.Mult)
                    queue += [(node.left, inside), (node.right, inside)]
                case _:
                    is_size = is_size and not isinstance(node, ast.expr)
                    queue += [(child, inside) for child in ast.iter_child_nodes(node)]
        loaded = {node for node in rests_on if isinstance(getattr(node, "ctx", None), (ast.Load, type(None)))}
        return Behind(frozenset(loaded), frozenset(reached), is_size)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Those that lie in no other."""
    queue: list[ast.stmt] = list(tree.body)
    while queue:
        statement = queue.pop(0)
        if isinstance(statement, ast.FunctionDef):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            queue += statement.body


def _assignments(nodes: list[ast.AST]) -> dict[str, list[ast.expr]]:
    """Name → what it is ever given; of a loop's what is gone through."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AugAssign(target=target, op=op, value=added):
                targets, value = [target], ast.BinOp(ast.Constant(0), op, added)
            case ast.NamedExpr(target=target, value=value):
                targets = [target]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                targets = [target]
            case _:
                continue
        for target in targets:
            for part, given in _pairs(target, value):
                found.setdefault(part, []).append(given)
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Names in ``target`` with what each is given. One size of several that are given at once is known by its name."""
    if isinstance(target, ast.Tuple):
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            for one, given in zip(target.elts, value.elts, strict=True):
                yield from _pairs(one, given)
            return
        asked = value.func if isinstance(value, ast.Call) else value
        if isinstance(asked, ast.Attribute) and asked.attr in ("shape", "size", "stride"):
            return
    for part in walk(target):
        if isinstance(part, ast.Name):
            yield part.id, value
