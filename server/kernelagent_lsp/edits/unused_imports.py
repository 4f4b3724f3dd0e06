"""Which imports of Triton go with a kernel's statements: those that were written for it and that nothing uses now.

Only a line that holds such an import and nothing else goes, with the blank line that made a block of its own of it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from kernelagent.static.bindings import imports_in
from kernelagent.static.needed import used_names
from kernelagent.static.parsing import parse


def unused_imports(lines: Sequence[str], module: ast.Module, gone: Collection[ast.stmt]) -> list[tuple[int, int]]:
    """Ranges of ``lines`` (1-based, both included, in order) of the imports that the statements ``gone`` of ``module``
    used, and no others do."""
    kept = [node for node in module.body if node not in gone]
    used_by_gone = {name for node in gone for name in used_names(node)}
    used = {name for node in kept for name in (*used_names(node), *_names_in_texts(node))}
    leaving = [
        node
        for node in kept
        if _is_of_triton(node)
        and lines[node.lineno - 1].strip("\ufeff \t\r\n") == ast.unparse(node)
        and all(each.name in used_by_gone and each.name not in used for each in imports_in(node))
    ]
    stays = {node.lineno for node in kept if isinstance(node, (ast.Import, ast.ImportFrom))}
    out: set[int] = set()
    for first, last in _blocks([node.lineno for node in leaving]):
        out |= set(range(first, last + 1))
        blank = _blank_of(lines, first, last, out, stays)
        if blank is not None:
            out.add(blank)
    return _blocks(sorted(out))


def _is_of_triton(node: ast.stmt) -> bool:
    found = imports_in(node)
    return bool(found) and all(each.loads.partition(".")[0] == "triton" for each in found)


def _names_in_texts(node: ast.stmt) -> Iterator[str]:
    """Names that texts in ``node`` may mean: annotations that are put off, ``__all__``."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            try:
                yield from used_names(parse(inner.value))
            except (SyntaxError, ValueError):
                continue


def _blank_of(
    lines: Sequence[str], first: int, last: int, out: Collection[int], imports: Collection[int]
) -> int | None:
    """The blank line that goes with the lines ``first`` to ``last``, where they were a block by themselves."""

    def is_blank(number: int) -> bool:
        return number <= len(lines) and not lines[number - 1].strip()

    above = first - 1
    while above in out:
        above -= 1
    if not is_blank(last + 1):
        return None
    if above > 0 and is_blank(above):
        return above
    is_before_imports = last + 2 in imports and above not in imports
    return last + 1 if above == 0 or is_before_imports else None


def _blocks(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Lines that follow one another as one range."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
