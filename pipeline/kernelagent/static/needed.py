"""Which statements at the top of a file a name needs: those that bind it, and those that bind what these use.

One reading for all: what a survey hangs on, what a kernel was made from, what comes and goes with a Triton version.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernelagent.static.bindings import bindings


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
    """Numbers of the ``statements`` that ``names``, and those ``anyway``, need, themselves included, in their order."""
    taken = set(anyway)
    wanted = {*names, *(name for number in taken for name in statements[number].used)}
    grows = True
    while grows:
        grows = False
        for number, each in enumerate(statements):
            if number not in taken and not each.bound.isdisjoint(wanted):
                taken.add(number)
                wanted |= each.used
                grows = True
    return sorted(taken)


def needed_by(module: ast.Module, name: str) -> list[ast.stmt]:
    """The statements at the top of ``module`` that ``name``'s definition needs, itself included, in their order."""
    return [module.body[number] for number in needed([statement(node) for node in module.body], [name])]
