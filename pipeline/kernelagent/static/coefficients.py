"""Integers of a file that are coefficients: multiplied with a float, added to one, or divided by one another.

The 2835 of ``q * (2 / 15 + q * (62.0 / 2835))`` is the size of nothing, and no case has to go past it: what is
hard-coded as a factor shows at any other size. What can't be told to meet nothing but floats is no coefficient, nor is
what an integer is made of in the end (``int(n * 0.5 + 64)``), or what is compared (``at < 945 * 1.0``), also where a
call hands it to the kernel that does so.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from kernelagent.static.given import all_given
from kernelagent.static.walk import walk

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_ALWAYS = frozenset(
    {"exp", "exp2", "expm1", "log", "log2", "log1p", "sqrt", "rsqrt", "sin", "cos", "tanh", "sigmoid", "erf", "softmax"}
)
_OF_ONE = frozenset({"abs", "sum", "max", "min", "square", "neg", "where", "maximum", "minimum", "fma", "clamp"})
"""Floats where one operand is."""
_TO_INTEGERS = frozenset({"int", "round", "floor", "ceil", "trunc", "fix", "long", "int32", "int64", "to", "cdiv"})
_CUTS = frozenset({"min", "max", "minimum", "maximum", "clamp", "range", "arange"})


def coefficients(nodes: list[ast.AST], floats: Collection[str] = ()) -> frozenset[ast.AST]:
    """The nodes of such integers, and of what is computed of them alone, among ``nodes``, all of a file. ``floats``:
    names of parameters of ``forward`` that hold floats."""
    known = _Floats(nodes, floats)
    found: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC) and node not in known.made_sizes:
            for operand, other in ((node.left, node.right), (node.right, node.left)):
                is_divided = isinstance(node.op, ast.Div) and _is_constant(other) and not _is_whole(node)
                if _is_constant(operand) and (is_divided or known.is_float(other)):
                    found.update(walk(operand))
    return frozenset(found)


class _Floats:
    """Which names of a file hold floats wherever they are bound, and which nodes may come to meet a size."""

    def __init__(self, nodes: list[ast.AST], floats: Collection[str]) -> None:
        self._names: set[str] = set()
        bound = _bindings(nodes, floats)
        while True:
            names = {name for name, values in bound.items() if all(v is True or self._may_be(v) for v in values)}
            if names == self._names:
                break
            self._names = names
        self.made_sizes = {part for node in nodes if _may_meet_a_size(node) for part in walk(node)}
        given: dict[str, list[ast.expr]] = {}
        for name, value in all_given(nodes):
            given.setdefault(name, []).append(value)
        while True:
            read = {node.id for node in self.made_sizes if isinstance(node, ast.Name)}
            more = {part for name in read for value in given.get(name, ()) for part in walk(value)} - self.made_sizes
            if not more:
                break
            self.made_sizes |= more

    def _may_be(self, value: ast.expr | bool) -> bool:
        return not isinstance(value, bool) and self.is_float(value)

    def is_float(self, node: ast.expr) -> bool:
        """For certain."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, float)
            case ast.Name(id=name):
                return name in self._names
            case ast.UnaryOp(operand=operand):
                return not isinstance(node.op, ast.Not) and self.is_float(operand)
            case ast.BinOp(left=left, op=op, right=right):
                both = _is_constant(left) and _is_constant(right)
                if isinstance(op, ast.Div) and both:
                    return not _is_whole(node)
                return isinstance(op, _ARITHMETIC) and (self.is_float(left) or self.is_float(right))
            case ast.Call(args=args):
                name = _called(node)
                receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
                of_one = name in _OF_ONE and any(self.is_float(one) for one in (*receiver, *args))
                return name in _ALWAYS or name == "float" or of_one or _names_a_float(node)
        return False


def _bindings(nodes: list[ast.AST], floats: Collection[str]) -> dict[str, list[ast.expr | bool]]:
    """Of each name what it is bound to; ``True``: to a float, ``False``: to something else or unknown."""
    bound: dict[str, list[ast.expr | bool]] = {}
    assigned: set[ast.AST] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        bound.setdefault(target.id, []).append(value)
                        assigned.add(target)
            case ast.AugAssign(target=ast.Name() as target):
                assigned.add(target)  # of a float it is one again
            case ast.FunctionDef(name=name, args=of):
                for parameter in (*of.posonlyargs, *of.args, *of.kwonlyargs):
                    is_float = name == "forward" and parameter.arg in floats
                    bound.setdefault(parameter.arg, []).append(is_float)
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in assigned:
            bound.setdefault(node.id, []).append(False)
    return bound


def _is_constant(node: ast.expr) -> bool:
    """Made of integers that are written there alone."""
    match node:
        case ast.Constant(value=value):
            return type(value) is int
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
    return False


def _is_whole(quotient: ast.BinOp) -> bool:
    """Of two integers, or too much to tell: what ``/`` makes of them may be a size."""
    over, under = _number(quotient.left), _number(quotient.right)
    return over is None or not under or over % under == 0


def _number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _number(operand)
            return None if inner is None else -inner
    return None


def _may_meet_a_size(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return _called(node) in _CUTS or (_called(node) in _TO_INTEGERS and not _names_a_float(node))
    is_divided = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.FloorDiv, ast.Mod))
    return is_divided or isinstance(node, (ast.Compare, ast.Slice))


def _names_a_float(call: ast.Call) -> bool:
    """``x.to(tl.float32)``, ``tl.zeros(shape, tl.float32)``, ``x.float()``."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return _called(call) == "float" or any(getattr(one, "attr", "").startswith(("float", "bfloat")) for one in given)


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))
