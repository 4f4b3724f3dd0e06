"""The ``nn.Module`` classes of a source text, found by parsing alone: nothing is imported, nothing runs.

In two steps, so that an editor need not parse the whole of a long file at each keystroke: :func:`facts_of` what any
part of the source says, and :func:`resolve` what the parts say together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kernelagent.driver.class_facts import ClassFacts, blocks_of, classes_in, replaced_in
from kernelagent.static.parsing import parse


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
    is_replaced: bool = False
    """A later definition has its name: nobody reaches it by that."""


@dataclass(frozen=True)
class FunctionFacts:
    """A function outside of classes and functions."""

    name: str
    line: int
    """Of its first decorator or of ``def``, 1-based."""
    name_line: int
    """Of ``def``."""
    end_line: int
    decorators: tuple[str, ...]
    """Dotted, without what they are called with."""
    launches: tuple[str, ...]
    """What it calls as ``name[grid](...)``."""


@dataclass(frozen=True)
class Facts:
    """What a part of a source says of its classes, by itself."""

    imports: tuple[tuple[str, str], ...]
    """Local name and dotted origin, from every import."""
    assignments: tuple[tuple[str, str], ...]
    """Name and dotted value, of assignments at the top: ``Base = nn.Module``."""
    classes: tuple[ClassFacts, ...]
    functions: tuple[FunctionFacts, ...] = ()


@dataclass(frozen=True)
class Function:
    """A function of a kernel file."""

    name: str
    line: int
    """Of its first decorator or of ``def``, 1-based."""
    name_line: int
    end_line: int
    is_kernel: bool
    """``@triton.jit``"""
    launches: tuple[str, ...]


def modules_in(source: str) -> tuple[ModuleClass, ...]:
    """Module classes in the order of the source.

    A class counts when a base is ``torch.nn.Module`` or another class of ``torch.nn`` under any alias, when a base is
    such a class of the same file, or when a base comes from elsewhere and the class defines ``forward``. Of several of
    one name the last counts, or each of those that depend on a condition; none that only type checkers see. Raises
    ``SyntaxError``.
    """
    return tuple(found for found in resolve([(facts_of(source), 0)]) if not found.is_replaced)


def class_names(source: str) -> tuple[str, ...]:
    """All classes, modules or not, dotted. Raises ``SyntaxError``."""
    return tuple(found.name for found in facts_of(source).classes)


def facts_of(source: str) -> Facts:
    """Facts of ``source``, which may be some of a file's top-level statements. Raises ``SyntaxError``."""
    tree = parse(source)
    assignments = [
        (node.targets[0].id, dotted)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and (dotted := _dotted(node.value)) is not None
    ]
    return Facts(
        tuple(_imports(tree.body)),
        tuple(assignments),
        tuple(classes_in(tree.body, source.split("\n"))),  # lines as ast counts them: a form feed ends none
        tuple(_function_facts(node) for node in _functions(tree.body)),
    )


def resolve(parts: Iterable[tuple[Facts, int]]) -> tuple[ModuleClass, ...]:
    """Module classes of a source that consists of ``parts``, each with the number of lines before it."""
    parts = list(parts)
    aliases = {name: origin for facts, _ in parts for name, origin in facts.imports}
    for facts, _ in parts:
        for name, value in facts.assignments:
            origin = _origin(value, aliases)
            if origin is not None:
                aliases.setdefault(name, origin)
    found = [(cls, before) for facts, before in parts for cls in facts.classes]
    by_name: dict[str, list[int]] = {}
    for number, (cls, _) in enumerate(found):
        by_name.setdefault(cls.name, []).append(number)
    modules: set[int] = set()
    changed = True
    while changed:
        changed = False
        for number, (cls, _) in enumerate(found):
            if number not in modules and _is_module(number, cls, aliases, by_name, modules):
                modules.add(number)
                changed = True
    replaced = replaced_in(found)
    return tuple(
        ModuleClass(cls.name, cls.line + before, cls.end_line + before, cls.column, cls.bases, number in replaced)
        for number, (cls, before) in enumerate(found)
        if number in modules and not cls.is_for_checkers
    )


def kernels_and_launchers(parts: Iterable[tuple[Facts, int]]) -> tuple[Function, ...]:
    """The Triton kernels of a source, and the functions that launch them; ``parts`` as for :func:`resolve`."""
    parts = list(parts)
    aliases = {name: origin for facts, _ in parts for name, origin in facts.imports}
    found = [
        Function(
            each.name,
            each.line + before,
            each.name_line + before,
            each.end_line + before,
            any(_origin(decorator, aliases) == "triton.jit" for decorator in each.decorators),
            each.launches,
        )
        for facts, before in parts
        for each in facts.functions
    ]
    return tuple(each for each in found if each.is_kernel or each.launches)


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            for block in blocks_of(node):
                yield from _functions(block)


def _function_facts(node: ast.FunctionDef) -> FunctionFacts:
    decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    launches = {
        dotted: None
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Subscript)
        if (dotted := _dotted(call.func.value)) is not None
    }
    return FunctionFacts(
        node.name,
        min([node.lineno, *(each.lineno for each in node.decorator_list)]),
        node.lineno,
        node.end_lineno or node.lineno,
        tuple(dotted for each in decorators if (dotted := _dotted(each)) is not None),
        tuple(launches),
    )


def _imports(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Local name and dotted origin, from every import at any depth."""
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                yield alias.asname or alias.name, f"{origin}.{alias.name}"
        else:
            for block in blocks_of(node):
                yield from _imports(block)


def _dotted(node: ast.expr) -> str | None:
    """``nn.Module`` as text; ``None`` for anything but names, attributes and what is subscripted."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return None if owner is None else f"{owner}.{node.attr}"
    if isinstance(node, ast.Subscript):  # Generic[T], Base[int]
        return _dotted(node.value)
    return None


def _origin(dotted: str, aliases: dict[str, str]) -> str | None:
    first, dot, rest = dotted.partition(".")
    origin = aliases.get(first)
    return None if origin is None else origin + dot + rest


def _is_module(
    number: int, cls: ClassFacts, aliases: dict[str, str], by_name: dict[str, list[int]], modules: set[int]
) -> bool:
    scope = cls.name.rpartition(".")[0]
    unknown = False
    for written in cls.plain_bases:
        named = (by_name.get(name, ()) for name in (f"{scope}.{written}", written))
        local = next((others for each in named if (others := [other for other in each if other != number])), None)
        if local is not None:
            if not modules.isdisjoint(local):
                return True
            continue
        origin = _origin(written, aliases)
        if origin is None:
            unknown = unknown or written not in _BUILTIN_BASES
        elif origin == "torch.nn.Module" or (origin.startswith("torch.nn.") and origin not in _NOT_MODULES):
            return True
        elif origin.partition(".")[0] not in _LIBRARIES_WITHOUT_MODULES:
            unknown = True
    return unknown and cls.defines_forward


_LIBRARIES_WITHOUT_MODULES = frozenset({"torch", "typing", "typing_extensions", "abc", "enum", "dataclasses"})
_NOT_MODULES = frozenset({"torch.nn.Parameter", "torch.nn.Buffer", "torch.nn.UninitializedParameter"})
_BUILTIN_BASES = frozenset({"object", "Exception", "dict", "list", "tuple", "str", "int", "float", "set", "type"})
