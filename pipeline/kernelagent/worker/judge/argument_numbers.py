"""Integers that the module's text compares an argument of ``forward`` with: behind each lies a way of its own.

``if mode == 7`` goes another way at one number among all, which no number beside the example's meets. Python compares,
so that nothing of it is heard while the module runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.arguments import named_arguments
from kernelagent.worker.problem import Specimen

LARGEST = 1 << 12
MOST = 6
"""For each argument."""
_OF_SIZES = frozenset({"shape", "ndim", "dim", "size", "numel", "len"})
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def argument_numbers(problem: Problem, specimen: Specimen, of_kernel: Iterable[float] = ()) -> dict[int, list[int]]:
    """Number of an argument that is no tensor, and an integer → what else it is to be.

    First those that its name is compared with, looked up by, or matched against, with those on either side of where
    ``<`` changes, and one past all of them, which is left to an ``else``; then others that something but a size is
    compared with, which it may be handed on to; then what a kernel compares with (``of_kernel``).
    """
    tree = ast.parse(Path(problem.text_file or problem.file).read_text(encoding="utf-8-sig"))
    parts = [node for node in tree.body if getattr(node, "name", "") != "get_inputs"]
    nodes = [node for part in parts for node in ast.walk(part)]
    known = _named_numbers(nodes)
    met = [(names, numbers) for node in nodes for names, numbers in _met(node, known) if numbers]
    everywhere = [number for names, numbers in met if not names & _OF_SIZES for number in numbers]
    theirs = [int(number) for number in of_kernel if number.is_integer()]
    integers = [(place, name, value) for place, name, value in named_arguments(specimen) if type(value) is int]
    steps = (0, 1) if len(integers) > 1 else (0, 1, -1)  # other cases have the number beside the example's
    found: dict[int, list[int]] = {}
    for place, name, value in integers:
        own = [number for names, numbers in met if name in names for number in numbers]
        past = [max(own) + 1] if own else []
        tried = {value + step for step in steps}
        wanted = dict.fromkeys([*own, *past, *everywhere, *theirs])
        found[place] = [n for n in wanted if n not in tried and abs(n) <= LARGEST][:MOST]
    return {place: numbers for place, numbers in found.items() if numbers}


def _named_numbers(nodes: list[ast.AST]) -> dict[str, list[int]]:
    """What names and attributes stand for: ``NEGATE = 7``, ``self.limit = 7``, a member of an enumeration."""
    found: dict[str, list[int]] = {}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in filter(_last_name, targets):
                found.setdefault(_last_name(target), []).extend(_integers(node.value, {}))
    return found


def _met(node: ast.AST, known: dict[str, list[int]]) -> Iterator[tuple[set[str], list[int]]]:
    """Names, and the numbers that what they are in is held against."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        numbers = [number for side in sides for number in _integers(side, known)]
        if any(isinstance(operator, _ORDERS) for operator in node.ops):
            numbers = [n + step for step in (0, 1, -1) for n in numbers]
        yield {name for side in sides for name in _names(side)}, numbers
    elif isinstance(node, ast.Match):
        patterns = (part for case in node.cases for part in ast.walk(case.pattern))
        values = (part.value for part in patterns if isinstance(part, ast.MatchValue))
        yield set(_names(node.subject)), [number for value in values for number in _integers(value, known)]
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        yield set(_names(node.slice)), _keys(node.value, known)
    elif isinstance(node, ast.Dict):
        yield set(), _keys(node, known)


def _keys(node: ast.Dict, known: dict[str, list[int]]) -> list[int]:
    return [number for key in node.keys if key is not None for number in _integers(key, known)]


def _integers(node: ast.expr, known: dict[str, list[int]]) -> list[int]:
    """Those that ``node`` is, or holds, as ``(1, 7)`` does."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [-number for number in _integers(node.operand, known)]
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return [number for element in node.elts for number in _integers(element, known)]
    if isinstance(node, ast.Constant):
        return [node.value] if type(node.value) is int else []
    return known.get(_last_name(node), [])


def _names(node: ast.expr) -> Iterator[str]:
    """And of attributes."""
    return (_last_name(part) for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute)))


def _last_name(node: ast.AST) -> str:
    """Of ``Mode.NEGATE`` the last; empty where ``node`` is neither a name nor an attribute."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
