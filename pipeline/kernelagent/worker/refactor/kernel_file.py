"""A kernel file taken apart: what its ``kernel_function`` needs, each statement with the comment above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ENTRY = "kernel_function"


@dataclass(frozen=True)
class Statement:
    text: str
    binds: tuple[str, ...]
    is_import: bool


def needed_statements(text: str) -> list[Statement]:
    """In the file's order; without its self-check, its docstring and whatever else the function does not reach."""
    tree = ast.parse(text)
    lines = text.split("\n")
    bindings = {id(node): tuple(_bound(node)) for node in tree.body}
    by_name: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in bindings[id(node)]:
            by_name.setdefault(name, []).append(node)
    reached: set[int] = set()
    seen: set[str] = set()
    waiting = [ENTRY]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in by_name.get(name, ()):
            if id(node) not in reached:
                reached.add(id(node))
                waiting += [found.id for found in ast.walk(node) if isinstance(found, ast.Name)]
    return [
        Statement(_segment(node, lines), bindings[id(node)], isinstance(node, (ast.Import, ast.ImportFrom)))
        for node in tree.body
        if id(node) in reached
    ]


def renamed_at_top(text: str, names: Mapping[str, str]) -> str:
    """``text`` with its top-level names under others: by scope, so that arguments, attributes and locals of the same
    spelling stay what they are."""
    tree = ast.parse(text)
    lines = text.split("\n")
    places: list[tuple[int, int, str]] = []
    for old in names:
        places += [(line, column, old) for line, column in _uses(tree, old, lines)]
    for line, column, old in sorted(set(places), reverse=True):
        encoded = lines[line - 1].encode()
        assert encoded[column : column + len(old.encode())] == old.encode()
        lines[line - 1] = (encoded[:column] + names[old].encode() + encoded[column + len(old.encode()) :]).decode()
    return "\n".join(lines)


def _uses(node: ast.AST, name: str, lines: list[str]) -> Iterator[tuple[int, int]]:
    """Line and byte column of each mention of the top-level ``name``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and child.id == name:
            yield child.lineno, child.col_offset
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if isinstance(node, ast.Module) and child.name == name:
                encoded = lines[child.lineno - 1].encode()
                yield (
                    child.lineno,
                    encoded.index(
                        name.encode(), encoded.index(b"class" if isinstance(child, ast.ClassDef) else b"def") + 3
                    ),
                )
            if isinstance(child, ast.ClassDef) or not _is_local(child, name):
                yield from _uses(child, name, lines)
            else:
                outside = [*child.decorator_list, *child.args.defaults, *(d for d in child.args.kw_defaults if d)]
                for part in outside:
                    yield from _uses(ast.Expression(part) if isinstance(part, ast.expr) else part, name, lines)
        else:
            yield from _uses(child, name, lines)


def _is_local(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    given += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    if any(argument.arg == name for argument in given):
        return True
    inside = [node for statement in function.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Global) and name in node.names for node in inside):
        return False
    return any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in inside)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    elif isinstance(node, (ast.If, ast.Try)):
        inner = [*node.body, *node.orelse, *(node.finalbody if isinstance(node, ast.Try) else [])]
        if isinstance(node, ast.Try):
            inner += [statement for handler in node.handlers for statement in handler.body]
        if all(isinstance(s, (ast.Assign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Pass)) for s in inner):
            for statement in inner:
                yield from _bound(statement)


def _segment(node: ast.stmt, lines: list[str]) -> str:
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    while start > 1 and lines[start - 2].startswith("#"):
        start -= 1
    return "\n".join(lines[start - 1 : node.end_lineno]).rstrip()
