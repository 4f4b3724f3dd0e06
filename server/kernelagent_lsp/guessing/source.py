"""A source text as it is followed: its classes, functions, constants and what its names are imported as."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    """Assigned once at the top of the file."""
    imports: dict[str, str] = field(default_factory=dict)
    """Local name → dotted origin."""
    lines: tuple[str, ...] = ()

    def bases(self, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
        """``node`` and its bases that the file defines, nearest first."""
        seen: list[ast.ClassDef] = []
        waiting = [node]
        while waiting:
            one = waiting.pop(0)
            if one in seen:
                continue
            seen.append(one)
            yield one
            names = [base.value if isinstance(base, ast.Subscript) else base for base in one.bases]
            waiting += [self.classes[n.id] for n in names if isinstance(n, ast.Name) and n.id in self.classes]

    def method(self, node: ast.ClassDef, name: str, above: ast.ClassDef | None = None) -> ast.FunctionDef | None:
        """As it is inherited; ``above``: of a base of that class."""
        order = list(self.bases(node))
        if above is not None and above in order:
            order = order[order.index(above) + 1 :]
        for one in order:
            for item in one.body:
                if isinstance(item, ast.FunctionDef) and item.name == name:
                    return item
        return None


def read(tree: ast.Module, text: str) -> Source:
    found = Source(lines=tuple(text.split("\n")))
    for statement in reversed(tree.body):  # a name means the last one
        for node in _statements([statement]):
            if isinstance(node, ast.ClassDef):
                found.classes.setdefault(node.name, node)
            elif isinstance(node, ast.FunctionDef):
                found.functions.setdefault(node.name, node)
    assigned: dict[str, int] = {}
    for node in _statements(tree.body):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            for name, value in _pairs(node.targets[0], node.value):
                assigned[name] = assigned.get(name, 0) + 1
                found.constants[name] = value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found.constants[node.target.id] = node.value
        elif isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found.imports[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.imports[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}".lstrip(".")
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, other)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, (ast.If, ast.Try)):
            yield from _statements(node.body)
            yield from _statements(node.orelse)
        else:
            yield node
