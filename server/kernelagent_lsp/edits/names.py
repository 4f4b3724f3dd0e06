"""Giving some names of a Python source another one."""

from __future__ import annotations

import ast

from kernelagent.static.parsing import parse


class Clash(Exception):
    """Two texts can't share a file; the message says why."""


def suffix_of(entry: str) -> str:
    """What the names of ``entry``'s kernel get where the document has them already."""
    return f"_{entry.lower()}"


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
