"""Which statements at the top of a file a name needs: those that bind it, and those that bind what these use.

One reading for all: what a survey hangs on, what a kernel was made from, what comes and goes with a Triton version.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernelagent.static.bindings import bindings

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Statement:
    node: ast.stmt
    bound: frozenset[str]
    """Names that it defines at the top of the file when that is imported."""
    used: frozenset[str]
    """Names that stand anywhere in it."""


def statement(node: ast.stmt) -> Statement:
    return Statement(node, frozenset(bindings([node])), used_names(node))


def used_names(node: ast.AST) -> frozenset[str]:
    """Names that stand anywhere in ``node``."""
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def needed(statements: Sequence[Statement], names: Iterable[str], anyway: Iterable[int] = ()) -> list[int]:
    """Numbers of the ``statements`` that ``names``, and those ``anyway``, need, themselves included, in their order.
    A definition that another one of the same name replaces before anybody has used it is not needed."""
    taken, replaced = set(anyway), frozenset(_replaced(statements))
    wanted = {*names, *(name for number in taken for name in statements[number].used)}
    grows = True
    while grows:
        grows = False
        for number, each in enumerate(statements):
            if number not in taken and number not in replaced and not each.bound.isdisjoint(wanted):
                taken.add(number)
                wanted |= each.used
                grows = True
    return sorted(taken)


def _replaced(statements: Sequence[Statement]) -> Iterator[int]:
    """Numbers of the definitions without decorators, which may do anything, that come to nothing."""
    later: set[str] = set()
    """Names that are defined below before anything uses them."""
    for number in reversed(range(len(statements))):
        each = statements[number]
        node = each.node
        name = node.name if isinstance(node, _DEFINITIONS) else None
        if name in later and not getattr(node, "decorator_list", ()) and not getattr(node, "keywords", ()):
            yield number
            continue
        later -= each.used
        if name is not None and name not in _used_at_once(node):
            later.add(name)


def _used_at_once(node: ast.AST) -> frozenset[str]:
    """Names that a definition uses before it has its own: not those in the bodies of functions."""
    parts = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.Lambda)]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts = [part for part in parts if part not in node.body]
    own = frozenset({node.id}) if isinstance(node, ast.Name) else frozenset()
    return own.union(*map(_used_at_once, parts))


def needed_by(module: ast.Module, name: str) -> list[ast.stmt]:
    """The statements at the top of ``module`` that ``name``'s definition needs, itself included, in their order."""
    return [module.body[number] for number in needed([statement(node) for node in module.body], [name])]
