"""Which lines go with a kernel's statements: their own, and the comments above them that were written with them.

A run that composed this module class says which comments these are. Without one, they are those that stand directly
above a statement of the kernel; above its first one, where the user's own comments may end, those that name source
lines. What stays keeps the blank lines above it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Sequence

from kernelagent.static.parsing import parse

from kernelagent_lsp.edits.names import suffix_of

_OF_KERNELS = re.compile(r"# line \d+: ")
_SOURCE = re.compile(r"# source: .+::[\w.]+ [0-9a-f]{12}$")


def comments_of(composed: Iterable[str], entry: ast.ClassDef) -> frozenset[str] | None:
    """All comments of the files that runs have ``composed`` with this very module class; ``None``: there are none."""
    found: set[str] | None = None
    renamed = suffix_of(entry.name)
    here = ast.dump(entry).replace(renamed, "")
    for text in composed:
        try:
            same = any(ast.dump(node) == here for node in parse(text).body)
        except (SyntaxError, ValueError):
            continue
        if same:
            found = (found or set()) | comments_in(text)
    return None if found is None else frozenset(found)


def comments_in(composed: str) -> frozenset[str]:
    """All comments of a composed file that stand on lines of their own, outside of its statements."""
    return frozenset(line.strip() for line in composed.split("\n") if line.startswith("#"))


def is_source(comment: str) -> bool:
    """Whether it says what a kernel was made from."""
    return _SOURCE.match(comment) is not None


def taken_out(
    lines: Sequence[str], module: ast.Module, gone: Collection[ast.stmt], known: Collection[str] | None
) -> list[tuple[int, int]]:
    """Ranges of ``lines`` (1-based, both included, in order) that go with the statements ``gone`` of ``module``.
    ``known``: comments that were written with them."""
    ranges: list[tuple[int, int]] = []
    last, is_first = 0, True
    for node in module.body:
        end = node.end_lineno or node.lineno
        if node in gone:
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            above = [line.rstrip() for line in lines[last : first - 1]]
            ours = _ours(above, known, is_first=is_first, is_kernel=not _is_wiring(node))
            ranges += [(last + begin + 1, last + stop) for begin, stop in _runs(_without_blanks(above, ours))]
            ranges.append((first, end))
            is_first = False
        last = end
    return _joined(ranges)


def _is_wiring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)


def _ours(above: Sequence[str], known: Collection[str] | None, *, is_first: bool, is_kernel: bool) -> list[bool]:
    """Of each line ``above`` a statement, whether it is a comment that was written with it."""
    if not is_kernel:
        return [False] * len(above)
    if known is not None:
        return [bool(line) and (line in known or is_source(line)) for line in above]
    begin = len(above)
    while begin > 0 and above[begin - 1]:
        begin -= 1
    directly = above[begin:]
    goes = not is_first or any(map(_OF_KERNELS.match, directly))
    return [number >= begin and (goes or is_source(line)) for number, line in enumerate(above)]


def _without_blanks(above: Sequence[str], ours: Sequence[bool]) -> list[bool]:
    """Which lines go: those that are ours, and the blank ones between them and what stays above, or the statement."""
    goes = list(ours)
    is_open = True
    for number in reversed(range(len(above))):
        is_open = ours[number] or (is_open and not above[number])
        goes[number] = is_open
    return goes


def _runs(goes: Sequence[bool]) -> list[tuple[int, int]]:
    """Begin and end of what goes, one after the other."""
    found: list[tuple[int, int]] = []
    for number, each in enumerate(goes):
        if each and found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        elif each:
            found.append((number, number + 1))
    return found


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours as one."""
    found: list[tuple[int, int]] = []
    for first, last in ranges:
        if found and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
