"""A kernel file taken apart: what its ``kernel_function`` needs, each statement with the comment above it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kernelagent.static.overwritten import overwritten
from kernelagent.static.own_names import OWN
from kernelagent.static.parsing import parse
from kernelagent.static.top_level import FUNCTIONS, OUTSIDE, binds, changes, is_self_check
from kernelagent.static.unused import only_binds

ENTRY = "kernel_function"
RUN_ME = "Run this file to check it against PyTorch; without a GPU it runs in Triton's interpreter."
"""What the docstring of a generated file says of its self-check."""

_KEEPING = frozenset({"no_grad", "inference_mode", "enable_grad", "lru_cache", "cache"})
"""Decorators that leave a function's arguments as they are."""


@dataclass(frozen=True)
class Statement:
    text: str
    binds: tuple[str, ...]
    """Top-level names that it binds, then those of which it changes the values."""
    is_import: bool


def needed_statements(text: str) -> list[Statement]:
    """In the file's order; without its self-check, its docstring and whatever else the function does not reach. What
    changes something that it reaches, or something outside the file, is reached. Raises ``ValueError`` for what cannot
    stand in a file with others."""
    tree = parse(text)
    lines = text.split("\n")
    bound = {id(node): tuple(dict.fromkeys(_bound(node))) for node in tree.body}
    by_name: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            raise ValueError(f"line {node.lineno}: {ast.unparse(node)} does not say which names it binds")
        for name in bound[id(node)]:
            by_name.setdefault(name, []).append(node)
    _refuse_what_cannot_be_told(tree, by_name)
    pairs = [pair for pair in pairwise(tree.body) if pair[0].end_lineno == pair[1].lineno]
    beside = {node for pair in pairs for node in pair}
    changed = {id(node): frozenset() if is_self_check(node) else changes(node, by_name) for node in tree.body}
    anew = {id(node) for node in overwritten(tree, only_binds)}
    reached: set[int] = set()
    seen: set[str] = set()
    waiting = [ENTRY, *(name for node in tree.body if _is_of_the_future(node) for name in bound[id(node)])]
    while waiting:
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                _reach(by_name.get(name, ()), reached, waiting)
        _reach((node for node in tree.body if changed[id(node)] & (seen | {OUTSIDE})), reached, waiting)
    return [
        Statement(
            _segment(node, lines) if node not in beside else ast.get_source_segment(text, node) or "",
            tuple(dict.fromkeys([*bound[id(node)], *sorted(changed[id(node)] - {OUTSIDE})])),
            isinstance(node, (ast.Import, ast.ImportFrom)),
        )
        for node in tree.body
        if id(node) in reached and id(node) not in anew
    ]


def _is_of_the_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _refuse_what_cannot_be_told(tree: ast.Module, by_name: Mapping[str, list[ast.stmt]]) -> None:
    """How the function is called where it is not one, plainly; which value a class reads that binds its name itself."""
    entries = by_name.get(ENTRY, [])
    if len(entries) > 1:
        raise ValueError(f"line {entries[1].lineno}: {ENTRY} is bound a second time")
    for node in entries:
        for mark in getattr(node, "decorator_list", []):
            called = mark.func if isinstance(mark, ast.Call) else mark
            if ast.unparse(called).rpartition(".")[2] not in _KEEPING:
                raise ValueError(f"line {mark.lineno}: @{ast.unparse(mark)} may call {ENTRY} in another way")
    for cls in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        left = {name for statement in cls.body for name in binds(statement)} & by_name.keys()
        for statement in cls.body:
            parts: list[ast.AST] = [statement]
            if isinstance(statement, FUNCTIONS):
                parts = [*statement.decorator_list, statement.args]
            for name in (part for one in parts for part in ast.walk(one)):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load) and name.id in left:
                    raise ValueError(f"line {name.lineno}: {cls.name} reads {name.id}, which it binds itself")
            left -= set(binds(statement))


def entry_function(text: str) -> ast.FunctionDef | None:
    """``kernel_function`` of a file, as it is defined at its top."""
    functions = (node for node in parse(text).body if isinstance(node, ast.FunctionDef) and node.name == ENTRY)
    return next(functions, None)


def names_taken(function: ast.FunctionDef) -> frozenset[str]:
    """Names by which it can be given something; one of Python's or of generated text may have an underscore behind."""
    given = function.args
    arguments = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    return frozenset(arguments | {name for name in OWN if f"{name}_" in arguments})


def _reach(nodes: Iterable[ast.stmt], reached: set[int], waiting: list[str]) -> None:
    for node in nodes:
        if id(node) not in reached:
            reached.add(id(node))
            waiting += [found.id for found in ast.walk(node) if isinstance(found, ast.Name)]


def launched_kernels(text: str) -> tuple[str, ...]:
    """Names of the file's kernels, in its order: functions that a decorator ending in ``jit`` marks, but for those that
    only other such functions name."""
    body = parse(text).body
    jitted = [node for node in body if isinstance(node, ast.FunctionDef) and _is_jitted(node)]
    inside = {node.name: _named(node) for node in jitted}
    outside = {name for node in body if node not in jitted for name in _named(node)}
    helpers = {name for caller, names in inside.items() for name in names if name != caller} - outside
    return tuple(node.name for node in jitted if node.name not in helpers)


def _is_jitted(node: ast.FunctionDef) -> bool:
    marks = (mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list)
    return any(ast.unparse(mark).rpartition(".")[2] == "jit" for mark in marks)


def _named(node: ast.stmt) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def without_self_check(code: str) -> str:
    """A file of the built-in synthesizer ends with a reference in PyTorch and a comparison, and says so at its top."""
    kept, check, _ = code.partition("\n\n\ndef reference(")
    if not check:
        kept = code.partition('\n\n\nif __name__ == "__main__":\n')[0]
    return kept.replace(f"\n{RUN_ME}\n", "\n", 1).rstrip()


def bound_at_top(text: str) -> list[str]:
    return [name for node in parse(text).body for name in binds(node)]


def _bound(node: ast.stmt) -> Iterable[str]:
    """A self-check binds nothing, but one that only sets a name otherwise is no self-check."""
    if is_self_check(node) and isinstance(node, ast.If):
        simple = (ast.Assign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Pass)
        return binds(node) if all(isinstance(s, simple) for s in (*node.body, *node.orelse)) else ()
    return binds(node)


def renamed_at_top(text: str, names: Mapping[str, str]) -> str:
    """``text`` with its top-level names under others: by scope, so that arguments, attributes and locals of the same
    spelling stay what they are."""
    lines = [line.encode() for line in text.split("\n")]
    places = set(_Uses(names, lines).of(parse(text)))
    for line, start, end, new in sorted(places, reverse=True):
        lines[line - 1] = lines[line - 1][:start] + new.encode() + lines[line - 1][end:]
    return "\n".join(line.decode() for line in lines)


_Place = tuple[int, int, int, str]
"""Line, first and last byte column, and what is to stand there."""
_SCOPES = (*FUNCTIONS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class _Uses:
    """Places that mention some top-level names."""

    def __init__(self, names: Mapping[str, str], lines: Sequence[bytes]):
        self.names = names
        self.lines = lines
        self.methods: set[int] = set()

    def of(self, node: ast.AST, hidden: frozenset[str] = frozenset()) -> Iterator[_Place]:
        """``hidden``: names that are a function's own here."""
        if isinstance(node, ast.Name):
            if node.id in self.names and node.id not in hidden:
                yield node.lineno, node.col_offset, node.col_offset + len(node.id.encode()), self.names[node.id]
            return
        if isinstance(node, ast.ClassDef):
            self.methods |= {id(child) for child in node.body}
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and id(node) not in self.methods:
            if node.name in self.names and node.name not in hidden:
                yield self._after(node.lineno, b"class" if isinstance(node, ast.ClassDef) else b"def", node.name)
        elif isinstance(node, ast.alias):
            yield from self._imported(node, hidden)
        elif isinstance(node, ast.Global):
            yield from self._declared(node)
        elif isinstance(node, ast.ExceptHandler) and node.name is not None and node.name in self.names.keys() - hidden:
            yield self._after(node.lineno, b" as ", node.name)
        inside = hidden | _own_names(node) if isinstance(node, _SCOPES) else hidden
        declared = _declared_global(node) if isinstance(node, FUNCTIONS) else frozenset()
        first = getattr(node, "generators", [None])[0]
        for field, value in ast.iter_fields(node):
            outer = isinstance(node, (*FUNCTIONS, ast.Lambda)) and field in ("decorator_list", "args", "returns")
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    here = hidden if outer else inside - declared
                    if child is first:  # its iterable is made outside
                        yield from self.of(child.iter, hidden)
                        yield from (place for part in (child.target, *child.ifs) for place in self.of(part, here))
                        continue
                    if isinstance(node, ast.ClassDef) and field == "body" and not isinstance(child, FUNCTIONS):
                        here |= {name for statement in node.body for name in binds(statement)}
                    yield from self.of(child, here)

    def _imported(self, node: ast.alias, hidden: frozenset[str]) -> Iterator[_Place]:
        name = node.asname or node.name.partition(".")[0]
        if name not in self.names or name in hidden:
            return
        assert node.end_lineno is not None and node.end_col_offset is not None
        new = self.names[name]
        if node.asname is not None:
            yield node.end_lineno, node.end_col_offset - len(name.encode()), node.end_col_offset, new
        elif "." in node.name:
            raise ValueError(f"import {node.name} binds {name}, which another part of the file binds as well")
        else:
            yield node.end_lineno, node.end_col_offset, node.end_col_offset, f" as {new}"

    def _declared(self, node: ast.Global) -> Iterator[_Place]:
        for name in node.names:
            if name in self.names:
                pattern = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
                found = pattern.search(self.lines[node.lineno - 1], node.col_offset)
                if found is None:
                    raise ValueError(f"global {name} is written over several lines")
                yield node.lineno, found.start(), found.end(), self.names[name]

    def _after(self, line: int, word: bytes, name: str) -> _Place:
        text = self.lines[line - 1]
        start = text.index(name.encode(), text.index(word) + len(word))
        return line, start, start + len(name.encode()), self.names[name]


def _own_names(scope: ast.AST) -> frozenset[str]:
    """Names that are local to a function, a lambda or a comprehension."""
    if isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        arguments = scope.args
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        given += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        own = {argument.arg for argument in given}
        if isinstance(scope, FUNCTIONS):
            own |= {name for statement in scope.body for name in binds(statement)}
        return frozenset(own)
    generators: list[ast.comprehension] = getattr(scope, "generators", [])
    return frozenset(n.id for generator in generators for n in ast.walk(generator.target) if isinstance(n, ast.Name))


def _declared_global(function: ast.AST) -> frozenset[str]:
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function))
    found: set[str] = set()
    for node in waiting:
        if isinstance(node, ast.Global):
            found |= set(node.names)
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return frozenset(found)


def _segment(node: ast.stmt, lines: list[str]) -> str:
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    while start > 1 and lines[start - 2].startswith("#"):
        start -= 1
    return "\n".join(lines[start - 1 : node.end_lineno]).rstrip()
