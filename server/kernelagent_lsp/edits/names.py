"""Names of a Python source: which statements bind and use them, and giving some of them another one."""

from __future__ import annotations

import ast


class Clash(Exception):
    """Two texts can't share a file; the message says why."""


def bound_names(node: ast.stmt) -> set[str]:
    """Names that ``node``, a statement at the top of a file, defines there when the file is imported."""
    if _runs_as_script_only(node):
        return set()
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def _runs_as_script_only(node: ast.stmt) -> bool:
    """``if __name__ == "__main__"``, alone or with further conditions."""
    return isinstance(node, ast.If) and any(
        isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test)
    )


def imports_of(module: ast.Module) -> dict[str, str]:
    """By the name that it binds at the top of the file, each import as a line of its own, but for ``__future__``."""
    lines: dict[str, str] = {}
    for node in module.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                lines[alias.asname or alias.name] = ast.unparse(ast.Import([alias]))
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for alias in node.names:
                lines[alias.asname or alias.name] = ast.unparse(ast.ImportFrom(node.module, [alias], node.level))
    return lines


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
            for used in _used_names(node) - seen:
                seen.add(used)
                wanted.append(used)
    return [node for index, node in enumerate(module.body) if index in needed]


def _used_names(node: ast.stmt) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def renamed(source: str, names: dict[str, str]) -> str:
    """``source`` with ``names`` exchanged wherever they are names; comments and strings keep theirs.

    Raises :class:`Clash` where one of them is also the name of a parameter, which would change meaning.
    """
    if not names:
        return source
    places: list[tuple[int, int, str]] = []
    lines = [line.encode() for line in source.split("\n")]  # ast counts columns in bytes
    for node in ast.walk(ast.parse(source)):
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
