"""The ``nn.Module`` classes of a source text, found by parsing alone: nothing is imported, nothing runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ModuleClass:
    """A class that is, or looks like, a ``torch.nn.Module``."""

    name: str
    """Dotted for a class inside a class: ``Outer.Inner``."""
    line: int
    """Of the ``class`` keyword, 1-based; decorators stand above it."""
    end_line: int
    column: int
    """Of the ``class`` keyword, 0-based, in characters."""
    bases: tuple[str, ...]
    """As written."""


def modules_in(source: str) -> tuple[ModuleClass, ...]:
    """Module classes in the order of the source.

    A class counts when a base is ``torch.nn.Module`` or another class of ``torch.nn`` under any alias, when a base is
    such a class of the same file, or when a base comes from elsewhere and the class defines ``forward``.
    Raises ``SyntaxError``.
    """
    tree = ast.parse(source)
    aliases = _aliases(tree)
    found = list(_classes(tree.body, ""))
    names = {name for name, _ in found}
    modules: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, node in found:
            if name not in modules and _is_module(name, node, aliases, names, modules):
                modules.add(name)
                changed = True
    lines = source.split("\n")  # as ast counts them: a form feed ends no line
    return tuple(
        ModuleClass(
            name,
            node.lineno,
            node.end_lineno or node.lineno,
            _characters(lines, node.lineno, node.col_offset),
            tuple(ast.unparse(base) for base in node.bases),
        )
        for name, node in found
        if name in modules
    )


def class_names(source: str) -> tuple[str, ...]:
    """All classes, modules or not, dotted. Raises ``SyntaxError``."""
    return tuple(name for name, _ in _classes(ast.parse(source).body, ""))


def _characters(lines: list[str], line: int, byte_offset: int) -> int:
    text = lines[line - 1] if line <= len(lines) else ""
    return len(text.encode("utf-8")[:byte_offset].decode("utf-8", "ignore"))


def _classes(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Classes that can be reached by attribute access: not those inside functions."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            name = prefix + node.name
            yield name, node
            yield from _classes(node.body, name + ".")
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for _, value in ast.iter_fields(node):
                if isinstance(value, list):
                    statements = [v for v in value if isinstance(v, ast.stmt)]
                    handlers = [s for v in value if isinstance(v, ast.ExceptHandler) for s in v.body]
                    yield from _classes(statements + handlers, prefix)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Local name → dotted origin, from every import of the file."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{origin}.{alias.name}"
    for node in tree.body:  # Base = nn.Module
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            dotted = _dotted(node.value, aliases)
            if dotted is not None:
                aliases.setdefault(node.targets[0].id, dotted)
    return aliases


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, aliases)
        return None if owner is None else f"{owner}.{node.attr}"
    if isinstance(node, ast.Subscript):  # Generic[T], Base[int]
        return _dotted(node.value, aliases)
    return None


def _is_module(name: str, node: ast.ClassDef, aliases: dict[str, str], names: set[str], modules: set[str]) -> bool:
    scope = name.rpartition(".")[0]
    unknown = False
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        written = ast.unparse(plain)
        local = next((n for n in (f"{scope}.{written}", written) if n in names and n != name), None)
        if local is not None:
            if local in modules:
                return True
            continue
        origin = _dotted(plain, aliases)
        if origin is None:
            unknown = unknown or written not in _BUILTIN_BASES
        elif origin == "torch.nn.Module" or (origin.startswith("torch.nn.") and origin not in _NOT_MODULES):
            return True
        elif origin.partition(".")[0] not in _LIBRARIES_WITHOUT_MODULES:
            unknown = True
    return unknown and any(
        isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name == "forward" for item in node.body
    )


_LIBRARIES_WITHOUT_MODULES = frozenset({"torch", "typing", "typing_extensions", "abc", "enum", "dataclasses"})
_NOT_MODULES = frozenset({"torch.nn.Parameter", "torch.nn.Buffer", "torch.nn.UninitializedParameter"})
_BUILTIN_BASES = frozenset({"object", "Exception", "dict", "list", "tuple", "str", "int", "float", "set", "type"})
