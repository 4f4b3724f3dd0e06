"""What a statement at the top of a file does besides defining: names that it binds, and values that it may change.

``CONFIGS.append(…)``, ``for … : TABLE[k] = v`` and ``fill(TABLE)`` bind nothing that anyone asks for, and what they
leave is read all the same. Where it cannot be told what is changed, ``OUTSIDE`` stands for it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from typing import TypeGuard

OUTSIDE = "<outside>"
"""Something that is not the file's own: a setting of Triton, an environment variable."""

_LOCAL = "<local>"
"""What a variable of a function or of a comprehension holds, which may have another name elsewhere."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PURE = frozenset(
    {
        "abs",
        "all",
        "any",
        "bin",
        "bool",
        "bytes",
        "callable",
        "chr",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "hex",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "oct",
        "ord",
        "pow",
        "print",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
    }
)
_READING = frozenset(
    {
        "bit_length",
        "copy",
        "count",
        "encode",
        "endswith",
        "format",
        "get",
        "index",
        "items",
        "join",
        "keys",
        "lower",
        "lstrip",
        "partition",
        "replace",
        "rpartition",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "upper",
        "values",
    }
)
_OF_CONTAINERS = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    }
)


def stores(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def is_self_check(node: ast.stmt) -> bool:
    """``if __name__ == "__main__"``, with whatever else is asked."""
    if not isinstance(node, ast.If):
        return False
    compared = [n for n in ast.walk(node.test) if isinstance(n, ast.Compare)]
    return any(ast.unparse(n).replace("'", '"') == '__name__ == "__main__"' for n in compared)


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """``node`` and what runs with it: the bodies of functions do not."""
    yield node
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, (*FUNCTIONS, ast.Lambda)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from executed(child)


def binds(node: ast.stmt) -> Iterator[str]:
    """Names at the top of the file that ``node`` binds."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name
        return
    waiting: list[ast.AST] = [node]
    for found in waiting:
        if isinstance(found, (*FUNCTIONS, ast.ClassDef)):
            yield found.name
            continue
        if isinstance(found, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in found.names)
        elif stores(found):
            yield found.id
        elif isinstance(found, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and found.name is not None:
            yield found.name
        elif isinstance(found, ast.MatchMapping) and found.rest is not None:
            yield found.rest
        elif isinstance(found, ast.comprehension):
            waiting += [found.iter, *found.ifs]  # its variables are its own
            continue
        elif isinstance(found, ast.Lambda):
            continue
        waiting += ast.iter_child_nodes(found)


def changes(node: ast.stmt, top: Mapping[str, list[ast.stmt]]) -> frozenset[str]:
    """Names of ``top`` (name → the statements that bind it) whose values ``node`` may change, or ``OUTSIDE``."""
    found = _changed(node, top, frozenset())
    if _LOCAL in found:
        found = found - {_LOCAL} | {OUTSIDE}
    return frozenset(_with_sources(found, top))


def _changed(node: ast.AST, top: Mapping[str, list[ast.stmt]], seen: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for part in executed(node):
        if isinstance(part, (ast.Subscript, ast.Attribute)) and not isinstance(part.ctx, ast.Load):
            found.add(_owner(part, top))
        elif isinstance(part, ast.Call):
            found |= _by_call(part, top, seen)
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            if _owner(part.value.func, top) == OUTSIDE and not _is_builtin(part.value.func, top, _PURE):
                found.add(OUTSIDE)  # what it gives is thrown away: it is called for what it does
        elif isinstance(part, (*FUNCTIONS, ast.ClassDef)):
            for mark in part.decorator_list:
                found |= _calling(mark, [], top, seen)
    return found


def _by_call(call: ast.Call, top: Mapping[str, list[ast.stmt]], seen: frozenset[str]) -> set[str]:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if isinstance(call.func, ast.Attribute):
        owner = _owner(call.func, top)
        if owner == OUTSIDE:
            return _all_owners(given, top) if _is_builtin(call.func.value, top) else set()
        if call.func.attr in _READING:
            return set()
        return {owner} | (set() if call.func.attr in _OF_CONTAINERS else _all_owners(given, top))
    return _calling(call.func, given, top, seen)


def _calling(
    function: ast.expr, given: list[ast.expr], top: Mapping[str, list[ast.stmt]], seen: frozenset[str]
) -> set[str]:
    if not isinstance(function, ast.Name) or function.id not in top:
        return set() if _is_builtin(function, top, _PURE) or not _is_builtin(function, top) else _all_owners(given, top)
    if function.id in seen:
        return set()
    found: set[str] = set()
    for definition in top[function.id]:
        if isinstance(definition, (ast.Import, ast.ImportFrom)):
            continue
        if not isinstance(definition, (*FUNCTIONS, ast.ClassDef)):
            found |= {function.id, *_all_owners(given, top)}
            continue
        inside = [n for s in definition.body for n in ast.walk(s)]
        bodies = [definition.body, *(n.body for n in inside if isinstance(n, FUNCTIONS))]  # they may be called, too
        does = {name for body in bodies for s in body for name in _changed(s, top, seen | {function.id})}
        if does or any(isinstance(n, ast.Global) for n in inside):
            found |= does & {OUTSIDE}
            found |= {n.id for n in inside if isinstance(n, ast.Name) and n.id in top and not _is_import(top[n.id])}
            found |= _all_owners(given, top)
    return found


def _with_sources(names: set[str], top: Mapping[str, list[ast.stmt]]) -> set[str]:
    """With what a value was made of, which may be the same thing under another name."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for node in top.get(name, ()):
            if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
                mentioned = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                waiting += [n for n in mentioned if n in top and not _is_definition(top[n])]
    return found


def _is_definition(nodes: list[ast.stmt]) -> bool:
    return all(isinstance(n, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)) for n in nodes)


def _is_import(nodes: list[ast.stmt]) -> bool:
    return all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in nodes)


def _owner(node: ast.expr, top: Mapping[str, list[ast.stmt]]) -> str:
    """The file's own name at the root of ``a.b[c]``, or ``OUTSIDE``."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name) or (node.id in top and _is_import(top[node.id])) or _is_builtin(node, top):
        return OUTSIDE
    return node.id if node.id in top else _LOCAL


def _all_owners(nodes: list[ast.expr], top: Mapping[str, list[ast.stmt]]) -> set[str]:
    return {_owner(node, top) for node in nodes} - {OUTSIDE, _LOCAL}


def _is_builtin(node: ast.expr, top: Mapping[str, list[ast.stmt]], of: frozenset[str] | None = None) -> bool:
    names = frozenset(dir(builtins)) if of is None else of
    return isinstance(node, ast.Name) and node.id not in top and node.id in names
