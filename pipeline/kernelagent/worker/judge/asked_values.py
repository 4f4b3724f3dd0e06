"""Values that a module may ask for in Python, and that its example seldom has: around the numbers that its file
compares something with, and in an order that random ones never have."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from kernelagent.worker.judge.orderly_values import ORDERLY, orderly
from kernelagent.worker.judge.specimen_values import around_a_number
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

_MOST_NUMBERS = 12
_PLAIN = (0.0, 1.0, -1.0, 10.0, -10.0, 1000.0, -1000.0)


@dataclass(frozen=True)
class Asked:
    name: str
    values: Values
    number: float = 0.0
    """Where all of them lie, for ``around a number``."""

    def of(self, specimen: Specimen, seed: int) -> Specimen:
        """``specimen`` with such floats."""
        if self.values == "around a number":
            return around_a_number(specimen, self.number, seed)
        return orderly(specimen, self.values, seed)


def asked_values(tree: ast.Module) -> Iterator[Asked]:
    """The more telling first. ``tree``: of the module's file."""
    yield from (Asked(f"values around {number:g}", "around a number", number) for number in _numbers(tree))
    yield from (Asked(kind, kind) for kind in ORDERLY)


def _numbers(tree: ast.Module) -> list[float]:
    """Between those that the file compares something with, these, below and above them."""
    found: dict[float, None] = {}
    for compared in (node for node in ast.walk(tree) if isinstance(node, ast.Compare)):
        for node in ast.walk(compared):
            match node:
                case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                    found[-float(value)] = None
                case ast.Constant(value=int() | float() as value):
                    found.setdefault(float(value), None)
    own = sorted(found)[:_MOST_NUMBERS]
    between = [(low + high) / 2 for low, high in itertools.pairwise(own)]
    beyond = [n + sign * max(abs(n), 1.0) / 4 for n in own for sign in (1, -1)]
    return list(dict.fromkeys([*between, *own, *beyond, *_PLAIN]))
