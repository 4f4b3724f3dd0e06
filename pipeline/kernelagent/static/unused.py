"""A kernel file without what nothing in it uses: functions, classes, plain values and imports that its entry points,
its self-check and whatever it does at its top do not reach, or that a later statement binds anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from kernelagent.static.overwritten import overwritten
from kernelagent.static.parsing import parse
from kernelagent.static.top_level import FUNCTIONS, binds, changes
from kernelagent.static.torch_operators import CONSTANT

_HARMLESS_MARKS = frozenset({"jit", "autotune", "heuristics", "cache", "lru_cache"})
"""Decorators that only make something of the function: any other may tell somebody of it."""
_HARMLESS_CALLS = frozenset(
    {"constexpr", "Config", "int", "float", "bool", "tuple", "list", "min", "max", "range", "len", "log2", "sqrt"}
    | {"dict", "set", "frozenset", "cdiv", "next_power_of_2"}
)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def without_unused(text: str, entries: Collection[str]) -> str:
    """``text`` without statements at its top that ``entries`` do not need, each with the comment right above it. What
    may do more than bind a name stays, and so does what a text in the file names. The very same ``text`` where nothing
    is to be taken out, or no kernel would be left: that one was forgotten is for the judge to say. Raises
    ``SyntaxError``."""
    tree = parse(text)
    unused = _unused(tree, entries)
    if not unused or (any(map(_is_kernel, tree.body)) and not any(_is_kernel(n) for n in tree.body if n not in unused)):
        return text
    shorter = _without(text.split("\n"), unused)
    left = [ast.dump(node) for node in tree.body if node not in unused]
    return shorter if [ast.dump(node) for node in parse(shorter).body] == left else text


def _unused(tree: ast.Module, entries: Collection[str]) -> list[ast.stmt]:
    by_name: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in binds(node):
            by_name.setdefault(name, []).append(node)
    alone = set(_on_lines_of_their_own(tree))
    kept = {node for node in tree.body if node not in alone or not only_binds(node) or _is_special(node)}
    reached = {*kept, *(node for name in entries for node in by_name.get(name, ()))}
    changed = {node: changes(node, by_name) for node in tree.body}
    waiting = list(reached)
    seen = set(entries)
    while waiting:
        names = set(_named(waiting.pop())) - seen
        seen |= names
        found = {node for name in names for node in by_name.get(name, ())}
        found |= {node for node in tree.body if changed[node] & seen or changed[node] - by_name.keys()}
        waiting += found - reached
        reached |= found
    anew = {node for node in overwritten(tree, only_binds) if node in alone and not _is_special(node)}
    return [node for node in tree.body if node not in reached or node in anew]


def _on_lines_of_their_own(tree: ast.Module) -> Iterator[ast.stmt]:
    ends = [0, *(node.end_lineno or node.lineno for node in tree.body)]
    starts = [*(_first_line(node) for node in tree.body), (ends[-1] + 1)]
    for number, node in enumerate(tree.body):
        if starts[number] > ends[number] and starts[number + 1] > ends[number + 1]:
            yield node


def only_binds(node: ast.stmt) -> bool:
    """Whether a statement does no more than give names their values, so that without a reader it is as good as none."""
    if isinstance(node, _Definition):
        return all(_mark(mark) in _HARMLESS_MARKS for mark in node.decorator_list) and not getattr(node, "keywords", ())
    if isinstance(node, ast.Assign):
        return all(map(_is_names, node.targets)) and _does_nothing(node.value)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and (node.value is None or _does_nothing(node.value))
    if isinstance(node, ast.If) and _mark(node.test) == "TYPE_CHECKING":
        return all(isinstance(part, (ast.Import, ast.ImportFrom)) for part in (*node.body, *node.orelse))
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _is_names(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) or (isinstance(target, ast.Tuple) and all(map(_is_names, target.elts)))


def _does_nothing(value: ast.expr) -> bool:
    """``_ = triton.set_allocator(...)`` does; what makes a number of numbers, or a constant for a kernel, does not."""
    nodes = list(ast.walk(value))
    if any(isinstance(node, ast.NamedExpr) for node in nodes):
        return False
    return all(_mark(node) in _HARMLESS_CALLS for node in nodes if isinstance(node, ast.Call))


def _is_special(node: ast.stmt) -> bool:
    """Python, a tool or the judge reads it: ``from __future__``, ``import *``, names with two underscores on either
    side, what is declared."""
    if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*"):
        return True
    return any(name == CONSTANT or (name.startswith("__") and name.endswith("__")) for name in binds(node))


def _is_kernel(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any(_mark(mark) == "jit" for mark in node.decorator_list)


def _mark(mark: ast.expr) -> str:
    called = mark.func if isinstance(mark, ast.Call) else mark
    return ast.unparse(called).rpartition(".")[2]


def _named(node: ast.stmt) -> Iterator[str]:
    """Names that it mentions, in texts too, but for those that say something to a reader alone."""
    for found in ast.walk(node):
        if isinstance(found, ast.Name):
            yield found.id
        elif isinstance(found, ast.Global):
            yield from found.names
        elif isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield from re.findall(r"\w+", found.value)


def _first_line(node: ast.stmt) -> int:
    marks: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(mark.lineno for mark in marks)])


def _without(lines: list[str], unused: list[ast.stmt]) -> str:
    for node in reversed(unused):
        start, end = _first_line(node) - 1, node.end_lineno or node.lineno
        while isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Assign)) and start and lines[start - 1].startswith("#"):
            start -= 1
        if start == 0 or not lines[start - 1].strip():
            while end < len(lines) and not lines[end].strip():
                end += 1
        lines = [*lines[:start], *lines[end:]]
    return "\n".join(lines).rstrip("\n") + "\n"
