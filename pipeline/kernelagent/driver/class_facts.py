"""What each class statement of a source says by itself, and which of them a later one of the same name replaces."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kernelagent.static.branches import runs_always, runs_never
from kernelagent.static.parsing import class_at

Blocks = tuple[tuple[int, int], ...]
"""Of an ``if``, a ``try`` or a loop each: its line, and the number of the block."""


@dataclass(frozen=True)
class ClassFacts:
    """A class statement, module or not."""

    name: str
    line: int
    end_line: int
    column: int
    bases: tuple[str, ...]
    """As written."""
    plain_bases: tuple[str, ...]
    """Without what stands in brackets: ``Base`` of ``Base[int]``."""
    defines_forward: bool
    blocks: Blocks
    """Those that it stands in, from the outside; none at the top, none of its classes, and none that always run."""
    is_for_checkers: bool
    """It stands where nothing ever runs: ``if TYPE_CHECKING:``."""


def classes_in(body: list[ast.stmt], lines: list[str]) -> Iterator[ClassFacts]:
    """Of all classes that can be reached by attribute access; ``lines``: of the source."""
    for name, node, blocks in _classes(body, "", ()):
        yield _class_facts(name, node, lines, blocks)


def class_named(tree: ast.Module, name: str) -> ast.ClassDef | None:
    """The class that ``name`` (dotted for a class inside a class) means; the first where that hangs on a condition."""
    found = [(each, 0) for each in classes_in(tree.body, []) if not each.is_for_checkers]
    replaced = replaced_in(found)
    lines = [each.line for number, (each, _) in enumerate(found) if each.name == name and number not in replaced]
    return class_at(tree, lines[0]) if lines else None


def replaced_in(found: Sequence[tuple[ClassFacts, int]]) -> set[int]:
    """Numbers of the classes whose name a later class takes whenever they are defined at all, and what is inside.
    ``found``: each with the number of lines before its part of the source."""
    replaced: set[int] = set()
    later: dict[str, list[Blocks]] = {}
    for number in reversed(range(len(found))):
        cls, before = found[number]
        if cls.is_for_checkers:
            continue
        blocks = tuple((line + before, which) for line, which in cls.blocks)
        if any(blocks[: len(other)] == other for other in later.get(cls.name, ())):
            replaced.add(number)
        later.setdefault(cls.name, []).append(blocks)
    for number, (cls, before) in enumerate(found):
        if any(
            cls.name.startswith(f"{other.name}.") and cls.line + before <= other.end_line + start
            for other, start in (found[each] for each in replaced if each < number)
        ):
            replaced.add(number)
    return replaced


def blocks_of(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statement lists inside of ``node``, whatever kind of statement it is."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(node, "handlers", ()):
        yield handler.body
    for case in getattr(node, "cases", ()):
        yield case.body


def _classes(
    body: list[ast.stmt], prefix: str, blocks: Blocks | None
) -> Iterator[tuple[str, ast.ClassDef, Blocks | None]]:
    """Classes that can be reached by attribute access, not those inside functions; and :attr:`ClassFacts.blocks`,
    ``None`` for what never runs."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            name = prefix + node.name
            yield name, node, blocks
            yield from _classes(node.body, name + ".", blocks)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for which, block in enumerate(blocks_of(node)):
                yield from _classes(block, prefix, _inside(node, which, blocks))


def _inside(node: ast.stmt, which: int, blocks: Blocks | None) -> Blocks | None:
    """``blocks`` of what stands in the block ``which`` of ``node``."""
    if blocks is None:
        return None
    if isinstance(node, ast.If):
        never, always = (runs_never, runs_always) if which == 0 else (runs_always, runs_never)
        if never(node.test):
            return None
        if always(node.test):
            return blocks
    return (*blocks, (node.lineno, which))


def _class_facts(name: str, node: ast.ClassDef, lines: list[str], blocks: Blocks | None) -> ClassFacts:
    return ClassFacts(
        name,
        node.lineno,
        node.end_lineno or node.lineno,
        _characters(lines, node.lineno, node.col_offset),
        tuple(ast.unparse(base) for base in node.bases),
        tuple(ast.unparse(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases),
        any(isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name == "forward" for item in node.body),
        blocks or (),
        blocks is None,
    )


def _characters(lines: list[str], line: int, byte_offset: int) -> int:
    text = lines[line - 1] if line <= len(lines) else ""
    return len(text.encode("utf-8")[:byte_offset].decode("utf-8", "ignore"))
