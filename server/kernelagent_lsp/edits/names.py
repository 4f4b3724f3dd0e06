"""Names of a Python source: which statements bind and use them, and giving some of them another one."""

from __future__ import annotations

import ast

from kernelagent.static.parsing import parse

from kernelagent_lsp.edits.bindings import bindings


class Clash(Exception):
    """Two texts can't share a file; the message says why."""


def bound_names(node: ast.stmt) -> set[str]:
    """Names that ``node``, a statement at the top of a file, defines there when the file is imported."""
    return set(bindings([node]))


def needed_by(module: ast.Module, name: str) -> list[ast.stmt]:
    """The statements at the top of ``module`` that ``name``'s definition needs, itself included, in their order."""
    needed: set[int] = set()
    wanted, seen = [name], {name}
    while wanted:
        current = wanted.pop()
        for index, node in enumerate(module.body):
            if index in needed or current not in bound_names(node):
                continue
            needed.add(index)
            for used in used_names(node) - seen:
                seen.add(used)
                wanted.append(used)
    return [node for index, node in enumerate(module.body) if index in needed]


def used_names(node: ast.stmt) -> set[str]:
    """Names that stand anywhere in ``node``."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def renamed(source: str, names: dict[str, str]) -> str:
    """``source`` with ``names`` exchanged wherever they are names; comments and strings keep theirs.

    Raises :class:`Clash` where one of them is also the name of a parameter, which would change meaning.
    """
    if not names:
        return source
    places: list[tuple[int, int, str]] = []
    lines = [line.encode() for line in source.split("\n")]  # ast counts columns in bytes
    for node in ast.walk(parse(source)):
        if isinstance(node, (ast.arg, ast.keyword)) and node.arg in names:
            raise Clash(f"{node.arg} is defined in the document and is a parameter in the kernel.")
        if isinstance(node, ast.Name) and node.id in names:
            places.append((node.lineno - 1, node.col_offset, node.id))
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names:
            column = lines[node.lineno - 1].index(node.name.encode(), node.col_offset + len("def "))
            places.append((node.lineno - 1, column, node.name))
    for line, column, name in sorted(places, reverse=True):
        old = lines[line]
        lines[line] = old[:column] + names[name].encode() + old[column + len(name.encode()) :]
    return b"\n".join(lines).decode()
