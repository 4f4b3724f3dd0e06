"""What each name means at the top of a Python file, and which imports would have it mean the same.

``from torch import nn``, ``import torch.nn as nn`` and both branches of an ``if`` that import it are one meaning.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Binding:
    meanings: frozenset[str | None]
    """Each a dotted path that is imported; ``None`` for anything else. More than one: it depends."""
    certain: bool
    """It is bound whenever the statement has run to its end."""


@dataclass(frozen=True)
class Import:
    """One name that an import statement binds."""

    name: str
    meaning: str
    line: str
    """The import as a line of its own."""
    loads: str
    """The module that is loaded; below ``meaning`` for ``import torch.nn``, which binds ``torch``."""


def imports_in(node: ast.stmt) -> tuple[Import, ...]:
    """The names that ``node`` imports, when it is an import; none for ``__future__``."""
    if isinstance(node, ast.Import):
        return tuple(
            Import(
                alias.asname or alias.name.partition(".")[0],
                alias.name if alias.asname else alias.name.partition(".")[0],
                ast.unparse(ast.Import([alias])),
                alias.name,
            )
            for alias in node.names
        )
    if isinstance(node, ast.ImportFrom) and node.module != "__future__":
        module = "." * node.level + (node.module or "")
        inside = module if module.endswith(".") else f"{module}."
        return tuple(
            Import(
                alias.asname or alias.name,
                f"{inside}{alias.name}",
                ast.unparse(ast.ImportFrom(node.module, [alias], node.level)),
                module,
            )
            for alias in node.names
        )
    return ()


def loaded_by(statements: Iterable[ast.stmt]) -> frozenset[str]:
    """Modules that are imported for certain once ``statements`` have run."""
    found: set[str] = set()
    for node in statements:
        for each in imports_in(node):
            found |= {each.loads, each.meaning}
    return frozenset(found)


def bindings(statements: Iterable[ast.stmt]) -> dict[str, Binding]:
    """What ``statements``, one after the other, bind in their own scope."""
    found: dict[str, Binding] = {}
    for node in statements:
        for name, binding in _of_statement(node).items():
            before = found.get(name)
            meanings = binding.meanings | (before.meanings if before is not None else frozenset())
            found[name] = Binding(meanings, binding.certain or (before is not None and before.certain))
    return found


def runs_as_script_only(node: ast.stmt) -> bool:
    """``if __name__ == "__main__"``, alone or with further conditions."""
    return isinstance(node, ast.If) and any(
        isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test)
    )


def _of_statement(node: ast.stmt) -> dict[str, Binding]:
    if runs_as_script_only(node):
        return {}
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name: Binding(frozenset({None}), True)}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {each.name: Binding(frozenset({each.meaning}), True) for each in imports_in(node)}
    if isinstance(node, ast.If):
        return _one_of([bindings(node.body), bindings(node.orelse)])
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return {**_stored(*node.items), **bindings(node.body)}
    if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        return _of_try(node)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return _maybe({**_stored(node.target, node.iter), **bindings([*node.body, *node.orelse])})
    if isinstance(node, ast.While):
        return _maybe({**_stored(node.test), **bindings([*node.body, *node.orelse])})
    if isinstance(node, ast.Match):
        patterns = _stored(node.subject, *(case.pattern for case in node.cases))
        return _maybe({**patterns, **bindings(inner for case in node.cases for inner in case.body)})
    return _stored(node)


def _of_try(node: ast.stmt) -> dict[str, Binding]:
    """The body has run, or a handler has that does not leave."""
    assert isinstance(node, ast.Try) or type(node).__name__ == "TryStar"
    body: list[ast.stmt] = [*node.body, *node.orelse]  # type: ignore[attr-defined]
    handlers: list[ast.ExceptHandler] = node.handlers  # type: ignore[attr-defined]
    final: list[ast.stmt] = node.finalbody  # type: ignore[attr-defined]
    ways = [bindings(body)]
    for each in handlers:
        if not isinstance(each.body[-1], ast.Raise):
            # ``as error`` is bound, and taken away at the handler's end
            caught = {} if each.name is None else {each.name: Binding(frozenset({None}), False)}
            ways.append({**caught, **bindings(each.body)})
    return {**_one_of(ways), **bindings(final)}


def _one_of(ways: list[dict[str, Binding]]) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    for name in {name for way in ways for name in way}:
        here = [way[name] for way in ways if name in way]
        meanings = frozenset(meaning for binding in here for meaning in binding.meanings)
        found[name] = Binding(meanings, len(here) == len(ways) and all(binding.certain for binding in here))
    return found


def _maybe(found: dict[str, Binding]) -> dict[str, Binding]:
    return {name: Binding(binding.meanings, False) for name, binding in found.items()}


def _stored(*nodes: ast.AST) -> dict[str, Binding]:
    """Names that are assigned to or deleted in ``nodes``, expressions or simple statements."""
    return {name: Binding(frozenset({None}), True) for node in nodes for name in _names_stored(node)}


def _names_stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name is not None:
        yield node.name
    if isinstance(node, ast.MatchMapping) and node.rest is not None:
        yield node.rest
    if isinstance(node, ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.comprehension):  # its target is its own; ``:=`` in it is not
            for part in (child.iter, *child.ifs):
                yield from _names_stored(part)
        else:
            yield from _names_stored(child)
