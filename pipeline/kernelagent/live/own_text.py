"""The text of what a notebook's cells, or a script, have defined: classes and functions with all that they use.

Their file must not be imported for it: a notebook has none, and a script would run again. Each name is looked up in
``__main__`` and becomes its statement, an import, or a literal, the ones that others need first.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import functools
import importlib
import inspect
import linecache
import symtable
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kernelagent.errors import NotPicklable

MAIN = "__main__"


def own_text(names: Iterable[str], namespace: Mapping[str, Any]) -> str:
    """A file that defines ``names`` as the ``namespace`` of ``__main__`` has them. Raises ``NotPicklable`` for a name
    whose text cannot be found."""
    collector = _Collector(namespace)
    for name in names:
        collector.need(name)
    first = "from __future__ import annotations\n\n" if collector.annotated else ""
    imports = "\n".join(collector.imports)
    return first + "\n\n\n".join([imports, *collector.statements]) + "\n"


class _Collector:
    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._seen: set[str] = set()
        self.imports: dict[str, None] = {"import torch": None}
        self.statements: dict[str, None] = {}
        self.annotated = False

    def need(self, name: str, by: str = "") -> None:
        if name in self._seen or name not in self._namespace:
            return  # a builtin, or what its own function binds
        self._seen.add(name)
        value = self._namespace[name]
        if isinstance(value, types.ModuleType):
            plain = value.__name__ == name
            self.imports[f"import {value.__name__}" + ("" if plain else f" as {name}")] = None
        elif isinstance(value, (type, types.FunctionType)) and value.__module__ == MAIN:
            self._defined(name, value)
        elif (origin := _imported_from(value)) is not None:
            module, attribute = origin
            renamed = "" if attribute == name else f" as {name}"
            self.imports[f"from {module} import {attribute}{renamed}"] = None
        elif (text := _literal(value)) is not None:
            self.statements[f"{name} = {text}"] = None
        else:
            used = f"{by} uses {name}" if by else name
            raise NotPicklable(
                f"{used}, a {type(value).__name__} of the notebook or script, whose text can't be written down.",
                hint="Make it an attribute of the module, or define the class in a file of its own.",
            )

    def _defined(self, name: str, value: Any) -> None:
        codes = list(_codes(value))
        statement = _statement(name, value, codes)
        self.annotated |= any(code.co_flags & __future__.annotations.compiler_flag for code in codes)
        for used in _global_names(symtable.symtable(statement, name, "exec")):
            if used != name and not hasattr(builtins, used):
                self.need(used, name)
        self.statements[statement] = None


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """What the statement takes from its surroundings, in whatever function of it."""
    at_top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (at_top or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _global_names(inner)


def _codes(value: Any) -> Iterator[types.CodeType]:
    if isinstance(value, types.FunctionType):
        yield value.__code__
        return
    for member in vars(value).values():
        inner = getattr(member, "__func__", getattr(member, "fget", member))
        if isinstance(inner, types.FunctionType) and inner.__module__ == MAIN:
            yield inner.__code__


def _statement(name: str, value: Any, codes: list[types.CodeType]) -> str:
    """The statement at the top of its cell or file that defines it."""
    for code in codes:
        text = "".join(linecache.getlines(code.co_filename))
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        for node in tree.body:
            start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            if start <= code.co_firstlineno <= (node.end_lineno or start) and name in _bound(node):
                lines = text.split("\n")
                return "\n".join(lines[start - 1 : node.end_lineno])
    try:
        return inspect.getsource(value).rstrip()
    except (OSError, TypeError):
        raise NotPicklable(
            f"the text of {name} can't be found: it is in no file and in no cell of a notebook.",
            hint="Define it in a file, or in a cell, and not by exec.",
        ) from None


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _imported_from(value: Any) -> tuple[str, str] | None:
    """Module and name, where it is importable by them."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == MAIN or "." in name:
        return None
    try:
        found = getattr(sys.modules.get(module) or importlib.import_module(module), name, None)
    except ImportError:
        return None
    return (module, name) if found is value else None


def _literal(value: Any) -> str | None:
    """Text that gives an equal value; ``None`` where there is none."""
    import torch

    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, (functools.partial, torch.Tensor)):
        return None
    text = repr(value)
    try:
        return text if ast.literal_eval(text) == value else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
