"""The integers of a kernel's file that may be sizes of its blocks, or how far a loop of fixed length over them reaches.

Read off the syntax tree: what is written, and what expressions of it come to, through names. A name stands for all that
it is ever given anywhere in the file, a parameter also for what calls hand it.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence

from kernelagent.static.coefficients import coefficients
from kernelagent.static.given import all_given
from kernelagent.static.loaded import Loaded, beside_values
from kernelagent.static.walk import walk

Number = int | float

LARGEST = 1 << 16
"""Above it an integer counts only where a kernel holds something against it."""
LARGEST_BESIDE_VALUES = 1 << 12
"""Up to which a number that is held against values may be one of elements all the same, as a loaded length may be."""
_ROUNDS, _MOST_VALUES = 4, 12
"""Names behind names that are followed, and values that are kept for one."""
_BEYOND = 1 << 40
_SIZES_OF_ELEMENTS = (1, 2, 4, 8)
_ARITHMETIC: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Pow: operator.pow,
    ast.LShift: lambda a, b: int(a) << int(b),
    ast.RShift: lambda a, b: int(a) >> int(b),
}
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    "int": int,
    "round": round,
    "constexpr": lambda n: n,
    "next_power_of_2": lambda n: 1 << max(math.ceil(n) - 1, 0).bit_length(),
    "cdiv": lambda a, b: -(-a // b),
}


class Numbers:
    """Of one file. ``top``: its statements and definitions that are judged."""

    def __init__(self, top: Iterable[ast.stmt]) -> None:
        self._nodes = [node for statement in top for node in walk(statement)]
        self._coefficients = coefficients(self._nodes)
        self._given = list(_given(self._nodes))
        self._known: dict[str, tuple[Number, ...]] = {}
        for _ in range(_ROUNDS):
            before = dict(self._known)
            for name, expression in self._given:
                if len(self._known.get(name, ())) < _MOST_VALUES:
                    both = (*self._known.get(name, ()), *self.values(expression))
                    self._known[name] = tuple(dict.fromkeys(both))[:_MOST_VALUES]
            if self._known == before:
                break

    def between(self, least: int, most: int, kernels: Sequence[ast.FunctionDef] = ()) -> set[int]:
        """But for coefficients of floats, and large ones that ``kernels`` hold against nothing but values: where a
        16-bit number is held at 32,767, no row has to be so long."""
        sizes = [node for node in self._nodes if isinstance(node, ast.expr) and node not in self._coefficients]
        values = beside_values(self._nodes, kernels) if kernels else frozenset()
        found = {n for node in sizes if node not in values for n in self.integers(node)}
        dear = {n for node in sizes if node in values for n in self.integers(node) if n <= LARGEST_BESIDE_VALUES}
        return {number for number in found | dear if least <= number <= most}

    def reached(self, kernels: Iterable[ast.FunctionDef]) -> set[int]:
        """Elements that a loop of fixed length goes over, a block at a time."""
        found: set[int] = set()
        for kernel in kernels:
            blocks = {n for node in walk(kernel) if _called(node) == "arange" for n in self._ends(node)}
            turns = {count for loop in walk(kernel) if isinstance(loop, ast.For) for count in self._turns(loop)}
            found |= {count * block for count in turns for block in blocks if count * block <= LARGEST}
        return found

    def limits(self, kernels: Sequence[ast.FunctionDef]) -> set[int]:
        """Large integers that a kernel holds something against that is no value which was loaded."""
        loaded = Loaded(kernels)
        held = [part for kernel in kernels for node in walk(kernel) for part in loaded.places_in(node)]
        return {number for node in held for number in self.integers(node) if LARGEST < number < 1 << 30}

    def float_limits(self, kernels: Sequence[ast.FunctionDef]) -> set[int]:
        """Whole floats that a kernel holds something against that is no value which was loaded."""
        loaded = Loaded(kernels)
        held = (node for kernel in kernels for node in walk(kernel))
        return {n for node in held for part in loaded.places_in(node) for n in self.whole(part)}

    def repeated(self, kernels: Iterable[ast.FunctionDef]) -> Iterator[tuple[int, int]]:
        """Rounds and line of each loop that does the same so many times, whatever the sizes: steps of a search, of an
        iteration. Its variable is not read."""
        nodes = [node for kernel in kernels for node in walk(kernel)]
        for whole in (node for node in nodes if isinstance(node, ast.While)):
            yield from ((count, whole.lineno) for count in self._limits_of(whole)[-1:])
        for loop in (node for node in nodes if isinstance(node, ast.For)):
            names = {node.id for node in walk(loop.target) if isinstance(node, ast.Name)}
            read = (node.id for part in loop.body for node in walk(part) if isinstance(node, ast.Name))
            if names.isdisjoint(read) and not _moves_pointers(loop):
                yield from ((count, loop.lineno) for count in sorted(self._own_turns(loop))[-1:])

    def _limits_of(self, loop: ast.While) -> list[int]:
        """Numbers that a counter of its own is held against."""
        counters = {
            node.target.id
            for part in loop.body
            for node in walk(part)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and self.integers(node.value)
        }
        held = [
            (one, other)
            for node in walk(loop.test)
            if isinstance(node, ast.Compare)
            for one, other in ((node.left, node.comparators[0]), (node.comparators[0], node.left))
        ]
        limits = {n for one, other in held if getattr(one, "id", "") in counters for n in self.integers(other)}
        return sorted(n for n in limits if n > 1)

    def _turns(self, loop: ast.For) -> set[int]:
        """How often it, or what is in it, goes round; empty where that rests on a size."""
        inner = {n for node in loop.body for sub in walk(node) if isinstance(sub, ast.For) for n in self._turns(sub)}
        own = self._own_turns(loop)
        return own | {n * m for n in own for m in inner} or inner

    def _own_turns(self, loop: ast.For) -> set[int]:
        """Without what is in it; empty where once is all."""
        if _called(loop.iter) not in ("range", "static_range") or not isinstance(loop.iter, ast.Call):
            return set()
        choices = [[n for n in self.integers(arg) if abs(n) < LARGEST] for arg in loop.iter.args[:3]]
        counts = (len(range(*bounds)) for bounds in itertools.product(*choices) if 0 not in bounds[2:])
        return {count for count in counts if count > 1}

    def _ends(self, call: ast.AST) -> tuple[int, ...]:
        return self.integers(call.args[1]) if isinstance(call, ast.Call) and len(call.args) > 1 else ()

    def integers(self, node: ast.expr) -> tuple[int, ...]:
        """What an expression may come to."""
        return tuple(number for number in self.values(node) if type(number) is int)

    def whole(self, node: ast.expr) -> tuple[int, ...]:
        """The same, and floats that are whole: ``512 * 4.0``."""
        return tuple(int(number) for number in self.values(node) if float(number).is_integer())

    def values(self, node: ast.expr) -> tuple[Number, ...]:
        """What an expression may come to; several numbers where it asks for the size of an element."""
        match node:
            case ast.Constant(value=int() | float() as value) if type(value) is not bool and abs(value) < _BEYOND:
                return (value,)
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name) if name in self._known:
                return self._known[name]
            case ast.Call(func=ast.Attribute(attr="element_size")) | ast.Attribute(attr="itemsize"):
                return _SIZES_OF_ELEMENTS
            case ast.Call(func=ast.Attribute(value=value, attr="to"), args=[to]) if "int" in getattr(to, "attr", ""):
                return tuple(int(number) for number in self.values(value))
            case ast.Call(args=args, keywords=[]) if (function := _FUNCTIONS.get(_called(node))) is not None:
                return _all(function, [self.values(arg) for arg in args])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                most = 40 if isinstance(op, (ast.LShift, ast.RShift, ast.Pow)) else _BEYOND
                powers = [n for n in self.values(right) if 0 < n < most]
                return _all(_ARITHMETIC[type(op)], [self.values(left), powers])
        return ()


def _moves_pointers(loop: ast.For) -> bool:
    """It goes over a range all the same: what is loaded from moves on by the same in each round."""
    nodes = [node for part in loop.body for node in walk(part)]
    moved = {n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    moved |= {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _called(node.value) == "advance"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    loads = (node for node in nodes if isinstance(node, ast.Call) and _called(node) == "load" and node.args)
    return any(isinstance(n, ast.Name) and n.id in moved for load in loads for n in walk(load.args[0]))


def _all(function: Callable[..., Number], choices: Sequence[Iterable[Number]]) -> tuple[Number, ...]:
    found: list[Number] = []
    for numbers in itertools.islice(itertools.product(*choices), _MOST_VALUES**2):
        try:
            number = function(*numbers)
        except (TypeError, ValueError, ArithmeticError):
            continue
        if isinstance(number, (int, float)) and abs(number) < _BEYOND:
            found.append(number)
    return tuple(dict.fromkeys(found))


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def _given(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they are given, but where that is made from what they were."""
    for name, value in all_given(nodes):
        if not any(isinstance(part, ast.Name) and part.id == name for part in walk(value)):
            yield name, value
