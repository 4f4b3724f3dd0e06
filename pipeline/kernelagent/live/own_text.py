"""The text of what a notebook's cells, or a script, have defined: classes and functions with all that they use.

Their file must not be imported for it: a notebook has none, and a script would run again. Each name is looked up in
``__main__`` and becomes its statement, an import, or a literal, the ones that others need first.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import importlib
import linecache
import symtable
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kernelagent.errors import NotPicklable
from kernelagent.live.literal import literal

MAIN = "__main__"
_FORMS = {typing.Union: "typing.Union", types.UnionType: "typing.Union", typing.Literal: "typing.Literal"}
"""What a type may be made by that is no class."""


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
        elif (text := literal(value)) is not None or (text := self._alias(value)) is not None:
            self.statements[f"{name} = {text}"] = None
        else:
            used = f"{by} uses {name}" if by else name
            raise NotPicklable(
                f"{used}, a {type(value).__name__} of the notebook or script, whose text can't be written down.",
                hint="Make it an attribute of the module, or define the class in a file of its own.",
            )

    def _alias(self, value: Any) -> str | None:
        """The text of a type that is put together of others, such as ``tuple[torch.Tensor, int]``; ``None``: no type,
        or one of those it is made of is nowhere to be imported from."""
        if isinstance(value, typing.TypeVar):
            self.imports["import typing"] = None
            return f"typing.TypeVar({value.__name__!r})"
        origin, parts = typing.get_origin(value), typing.get_args(value)
        if origin is None:
            return None
        known = [(literal if origin is typing.Literal else self._part)(part) for part in parts]
        head = _FORMS.get(origin) or self._part(origin)
        self.imports["import typing"] = None
        return None if head is None or None in known else f"{head}[{', '.join(map(str, known)) or '()'}]"

    def _part(self, value: Any) -> str | None:
        if value is type(None):
            return "None"
        if value is Ellipsis:
            return "..."
        if isinstance(value, list):  # of a function's parameters
            parts = [self._part(part) for part in value]
            return None if None in parts else f"[{', '.join(map(str, parts))}]"
        if not isinstance(value, type) or typing.get_origin(value) is not None:
            return self._alias(value)
        if value.__module__ == MAIN:
            self.need(value.__name__)
            return value.__name__
        if value.__module__ != "builtins":
            self.imports[f"import {value.__module__}"] = None
            return f"{value.__module__}.{value.__qualname__}"
        return value.__qualname__

    def _defined(self, name: str, value: Any) -> None:
        codes = list(_codes(value))
        statement = _statement(name, value, codes)
        own: str = value.__name__
        if statement is None and own != name and self._namespace.get(own) is value:
            self.need(own, name)
            self.statements[f"{name} = {own}"] = None
            return
        if statement is None:
            raise _untold(name, value)
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
        yield from _wrapped_codes(value)
        return
    for member in vars(value).values():
        inner = getattr(member, "__func__", getattr(member, "fget", member))
        if isinstance(inner, types.FunctionType) and inner.__module__ == MAIN:
            yield from _wrapped_codes(inner)


def _wrapped_codes(function: Any) -> Iterator[types.CodeType]:
    """Its own, and those of what ``functools.wraps`` says that it stands for, the innermost first."""
    inner = getattr(function, "__wrapped__", None)
    if isinstance(inner, types.FunctionType) and inner is not function:
        yield from _wrapped_codes(inner)
    yield function.__code__


def _statement(name: str, value: Any, codes: list[types.CodeType]) -> str | None:
    """The statement at the top of its cell or file that defines it; ``None``: there is none of this name."""
    for code in codes:
        for start, end, text in _binding(name, code.co_filename):
            if start <= code.co_firstlineno <= end:
                return text
    if not isinstance(value, type) or value.__name__ != name:
        return None
    # a class without a function of its own does not know its cell: one that says what it holds, the last of these
    files = [file for file, entry in linecache.cache.items() if len(entry) > 1 and entry[1] is None]
    script = getattr(sys.modules.get(MAIN), "__file__", None)
    found = [text for file in (script, *files) if file for _, _, text in _binding(name, file)]
    return next((text for text in reversed(found) if _holds(text, value)), found[-1] if found else None)


def _holds(text: str, cls: type) -> bool:
    """Whether the plain constants that ``text`` gives a class of this name are what ``cls`` has."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ClassDef) or node.name != cls.__name__:
            continue
        for one in node.body:
            if not isinstance(one, (ast.Assign, ast.AnnAssign)) or not isinstance(one.value, ast.Constant):
                continue
            for target in one.targets if isinstance(one, ast.Assign) else [one.target]:
                if isinstance(target, ast.Name) and repr(vars(cls).get(target.id)) != repr(one.value.value):
                    return False
    return True


def _untold(name: str, value: Any) -> NotPicklable:
    maker, _, inner = value.__qualname__.rpartition(".<locals>.")
    if maker:
        return NotPicklable(
            f"{name} is {inner}, which a call of {maker} made, and no def or class at the top of a cell.",
            hint=f"Define {name} by def or class at the top, without what makes it, or in a file of its own.",
        )
    return NotPicklable(
        f"the text of {name} can't be found: it is in no file and in no cell of a notebook.",
        hint="Define it in a file, or in a cell, and not by exec.",
    )


def _binding(name: str, file: str) -> Iterator[tuple[int, int, str]]:
    """First and last line and text of each statement at the top of ``file`` that binds ``name``."""
    text = "".join(linecache.getlines(file))
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in tree.body:
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        end = node.end_lineno or start
        if name in _bound(node):
            yield start, end, "\n".join(text.split("\n")[start - 1 : end])


def _bound(node: ast.AST) -> set[str]:
    """What it binds at the top, also below ``if``, ``try``, ``with`` and loops."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return {node.name}
    if isinstance(node, ast.Lambda):
        return set()
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Store) else set()
    return {name for inner in ast.iter_child_nodes(node) for name in _bound(inner)}


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
