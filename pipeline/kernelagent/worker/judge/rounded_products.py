"""Sizes at which a product with one of the module's floats rounds to another integer than exact arithmetic would.

``int(n * 0.57)`` is 56 at ``n = 100``, where ``n * 57 // 100`` is 57: whoever takes such a count in integers is right
at most sizes.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from kernelagent.contract.problem import Problem

_TO_INTEGERS = frozenset({"int", "round", "floor", "ceil", "trunc"})
_ROUNDINGS: tuple[Callable[[Any], int], ...] = (math.floor, math.ceil, round)
_LARGEST = 256
_MOST = 4


def sizes_of_rounded_products(problem: Problem) -> tuple[int, ...]:
    """For each float in the module's text, and among its constructor's arguments, and each rounding the least such
    size; none where the text makes no integers of floats."""
    tree = ast.parse(Path(problem.text_file or problem.file).read_text(encoding="utf-8-sig"))
    if not any(isinstance(node, ast.Call) and _name(node.func) in _TO_INTEGERS for node in ast.walk(tree)):
        return ()
    init = ast.parse(problem.example.init.strip() or "()", mode="eval")
    floats = dict.fromkeys([*_floats(tree), *_floats(init)])
    found = dict.fromkeys(n for number in floats for n in _least(number))
    return tuple(sorted([*found][:_MOST]))


def _least(number: float) -> Iterator[int]:
    exact = Fraction(repr(number))
    sizes = range(2, _LARGEST + 1)
    results = [[(n * number, n * exact) for n in sizes], [(n / number, n / exact) for n in sizes]]
    for rounded, of_sizes in itertools.product(_ROUNDINGS, results):
        telling = (n for n, (made, exactly) in zip(sizes, of_sizes, strict=True) if rounded(made) != rounded(exactly))
        yield from itertools.islice(telling, 1)


def _floats(tree: ast.AST) -> list[float]:
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [value for value in constants if isinstance(value, float) and 1 / _LARGEST <= value <= _LARGEST]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
