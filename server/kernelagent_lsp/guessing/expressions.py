"""The expressions of a source, as far as they tell of shapes: numbers are worked out, tensors keep their shapes."""

from __future__ import annotations

import ast
import operator
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kernelagent_lsp.guessing.built_ins import PLAIN
from kernelagent_lsp.guessing.indexing import indexed, sliced_shape
from kernelagent_lsp.guessing.operators.table import OPERATORS
from kernelagent_lsp.guessing.sizes import Dim, combined
from kernelagent_lsp.guessing.source import Source
from kernelagent_lsp.guessing.values import (
    UNKNOWN,
    Function,
    Instance,
    Layer,
    Named,
    Record,
    Sequence_,
    ShapeOf,
    Tensor,
    Value,
)

_LONGEST = 10_000
"""Elements of a list, characters of a text."""

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Div: "//"}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


class Expressions:
    """The half of a walk that evaluates."""

    source: Source
    evaluating: set[str]
    """Constants that are being worked out."""

    @abstractmethod
    def step(self) -> None: ...

    @abstractmethod
    def attribute(self, owner: Value, name: str) -> Value: ...

    @abstractmethod
    def call(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value: ...

    @abstractmethod
    def call_super(
        self, names: Mapping[str, Value], name: str, args: list[Value], kwargs: dict[str, Value]
    ) -> Value: ...

    @abstractmethod
    def _assign(self, target: ast.expr, value: Value, names: dict[str, Value]) -> None: ...

    def evaluate(self, node: ast.expr, names: Mapping[str, Value]) -> Value:
        self.step()
        method = getattr(self, f"_of_{type(node).__name__}", None)
        return UNKNOWN if method is None else method(node, names)

    def truth(self, value: Value) -> bool | None:
        """``None``: it can't be told."""
        if isinstance(value, Dim):
            return None if value.value is None else bool(value.value)
        if isinstance(value, (*PLAIN, dict)):
            return bool(value)
        return True if isinstance(value, (Layer, Sequence_, Instance, Function, Record)) else None

    # One method for each kind of node

    def _of_Constant(self, node: ast.Constant, names: Mapping[str, Value]) -> Value:
        return node.value

    def _of_Name(self, node: ast.Name, names: Mapping[str, Value]) -> Value:
        name, source = node.id, self.source
        if name in names:
            return names[name]
        if name in source.classes:
            return source.classes[name]
        if name in source.functions:
            return Function(source.functions[name], {})
        if name in source.constants and name not in self.evaluating:
            self.evaluating.add(name)
            try:
                return self.evaluate(source.constants[name], {})
            finally:
                self.evaluating.discard(name)
        return Named(source.imports.get(name, name))

    def _of_Attribute(self, node: ast.Attribute, names: Mapping[str, Value]) -> Value:
        return self.attribute(self.evaluate(node.value, names), node.attr)

    def _of_Tuple(self, node: ast.Tuple, names: Mapping[str, Value]) -> Value:
        return tuple(self._items(node.elts, names))

    def _of_List(self, node: ast.List, names: Mapping[str, Value]) -> Value:
        return list(self._items(node.elts, names))

    def _items(self, nodes: list[ast.expr], names: Mapping[str, Value]) -> Iterator[Value]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self.evaluate(node.value, names)
                if isinstance(inner, ShapeOf):
                    inner = inner.tensor.shape.dims
                yield from inner if isinstance(inner, (list, tuple)) else [UNKNOWN]
            else:
                yield self.evaluate(node, names)

    def _of_Dict(self, node: ast.Dict, names: Mapping[str, Value]) -> Value:
        found: dict[Any, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            known = None if key is None else self.evaluate(key, names)
            if isinstance(known, (str, int)):
                found[known] = self.evaluate(value, names)
            elif key is None and isinstance(inner := self.evaluate(value, names), dict):
                found.update(inner)
        return found

    def _of_JoinedStr(self, node: ast.JoinedStr, names: Mapping[str, Value]) -> Value:
        parts = [
            self.evaluate(each.value if isinstance(each, ast.FormattedValue) else each, names) for each in node.values
        ]
        return "".join(map(str, parts)) if all(isinstance(part, (str, int)) for part in parts) else UNKNOWN

    def _of_IfExp(self, node: ast.IfExp, names: Mapping[str, Value]) -> Value:
        truth = self.truth(self.evaluate(node.test, names))
        if truth is None:
            found = self.evaluate(node.body, names)
            return self.evaluate(node.orelse, names) if found in (UNKNOWN, None) else found
        return self.evaluate(node.body if truth else node.orelse, names)

    def _of_BoolOp(self, node: ast.BoolOp, names: Mapping[str, Value]) -> Value:
        found: Value = UNKNOWN
        for each in node.values:
            found = self.evaluate(each, names)
            truth = self.truth(found)
            if truth is None:
                return UNKNOWN
            if truth is isinstance(node.op, ast.Or):
                return found
        return found

    def _of_UnaryOp(self, node: ast.UnaryOp, names: Mapping[str, Value]) -> Value:
        value = self.evaluate(node.operand, names)
        if isinstance(node.op, ast.Not):
            truth = self.truth(value)
            return UNKNOWN if truth is None else not truth
        if isinstance(value, Tensor):
            if isinstance(node.op, ast.Invert) and value.argument is not None:
                value.argument.is_a("bool")
            return value
        if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
            return -value
        return UNKNOWN

    def _of_BinOp(self, node: ast.BinOp, names: Mapping[str, Value]) -> Value:
        return self.binary(node.op, self.evaluate(node.left, names), self.evaluate(node.right, names))

    def binary(self, sign: ast.operator, left: Value, right: Value) -> Value:
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            if isinstance(sign, ast.MatMult):
                return OPERATORS["matmul"]([left, right], {}) if isinstance(left, Tensor) else Tensor()
            return OPERATORS["add"]([left, right], {})
        if isinstance(left, ShapeOf):
            left = left.tensor.shape.dims
        if isinstance(left, Dim) or isinstance(right, Dim):
            known = type(sign) in _SIGNS and all(isinstance(each, (int, Dim)) for each in (left, right))
            return combined(_SIGNS[type(sign)], left, right) if known else UNKNOWN
        if not (isinstance(left, PLAIN) and isinstance(right, PLAIN)) or type(sign) not in _ARITHMETIC:
            return UNKNOWN
        if isinstance(sign, ast.Pow) and not all(isinstance(e, (int, float)) and abs(e) < 4096 for e in (left, right)):
            return UNKNOWN
        counts = [each for each in (left, right) if isinstance(each, int)]
        listed = [each for each in (left, right) if isinstance(each, (list, tuple, str))]
        if listed and counts and len(listed[0]) * max(counts[0], 0) > _LONGEST:
            return UNKNOWN
        try:
            found = _ARITHMETIC[type(sign)](left, right)
        except (TypeError, ValueError, ArithmeticError):
            return UNKNOWN
        too_long = isinstance(found, (list, tuple, str)) and len(found) > _LONGEST
        too_large = isinstance(found, int) and abs(found) >> 63
        return UNKNOWN if too_long or too_large else found

    def _of_Compare(self, node: ast.Compare, names: Mapping[str, Value]) -> Value:
        left, right = self.evaluate(node.left, names), self.evaluate(node.comparators[0], names)
        sign = node.ops[0]
        if isinstance(sign, (ast.Is, ast.IsNot)):
            if left is UNKNOWN or right is UNKNOWN:
                return UNKNOWN
            return (left is right) is isinstance(sign, ast.Is)
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return Tensor(OPERATORS["eq"]([left, right], {}).shape)
        left = left.value if isinstance(left, Dim) and left.value is not None else left
        right = right.value if isinstance(right, Dim) and right.value is not None else right
        if len(node.ops) > 1 or not (isinstance(left, PLAIN) and isinstance(right, (*PLAIN, dict))):
            return UNKNOWN
        if isinstance(right, (tuple, list)) and any(not isinstance(each, PLAIN) for each in right):
            return UNKNOWN
        try:
            return _COMPARISONS[type(sign)](left, right)
        except (TypeError, KeyError):
            return UNKNOWN

    def _of_Subscript(self, node: ast.Subscript, names: Mapping[str, Value]) -> Value:
        owner = self.evaluate(node.value, names)
        if isinstance(owner, ShapeOf):
            if isinstance(node.slice, ast.Slice):
                return sliced_shape(owner.tensor.shape, *self._ends(node.slice, names))
            place = self.evaluate(node.slice, names)
            return owner.tensor.shape.at(place) if isinstance(place, int) and abs(place) < 8 else UNKNOWN
        if isinstance(owner, Tensor):
            nodes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            parts = [
                slice(*self._ends(n, names)) if isinstance(n, ast.Slice) else self.evaluate(n, names) for n in nodes
            ]
            return indexed(owner, parts)
        if isinstance(owner, Sequence_):
            owner = owner.layers
        if isinstance(node.slice, ast.Slice) and isinstance(owner, (list, tuple, str)):
            ends = self._ends(node.slice, names)
            return owner[slice(*ends)] if all(end is None or isinstance(end, int) for end in ends) else UNKNOWN
        place = self.evaluate(node.slice, names)
        if isinstance(owner, dict) and isinstance(place, (str, int)):
            return owner.get(place, UNKNOWN)
        if isinstance(owner, (list, tuple)) and isinstance(place, int) and -len(owner) <= place < len(owner):
            return owner[place]
        return UNKNOWN

    def _ends(self, node: ast.Slice, names: Mapping[str, Value]) -> tuple[Value, Value, Value]:
        lower, upper, step = (
            None if end is None else self.evaluate(end, names) for end in (node.lower, node.upper, node.step)
        )
        return lower, upper, step

    def _of_Lambda(self, node: ast.Lambda, names: Mapping[str, Value]) -> Value:
        return Function(node, dict(names))

    def _of_NamedExpr(self, node: ast.NamedExpr, names: dict[str, Value]) -> Value:
        value = self.evaluate(node.value, names)
        self._assign(node.target, value, names)
        return value

    def _of_ListComp(self, node: ast.ListComp | ast.GeneratorExp, names: Mapping[str, Value]) -> Value:
        return [self.evaluate(node.elt, inner) for inner in self._turns(node.generators, dict(names))]

    _of_GeneratorExp = _of_ListComp

    def _of_DictComp(self, node: ast.DictComp, names: Mapping[str, Value]) -> Value:
        turns = self._turns(node.generators, dict(names))
        pairs = [(self.evaluate(node.key, inner), self.evaluate(node.value, inner)) for inner in turns]
        return {key: value for key, value in pairs if isinstance(key, (str, int))}

    def _turns(self, generators: list[ast.comprehension], names: dict[str, Value]) -> Iterator[dict[str, Value]]:
        if not generators:
            yield dict(names)
            return
        first, rest = generators[0], generators[1:]
        over = self.evaluate(first.iter, names)
        for item in over if isinstance(over, (list, tuple, dict)) else [UNKNOWN]:
            self.step()
            self._assign(first.target, item, names)
            if all(self.truth(self.evaluate(test, names)) is not False for test in first.ifs):
                yield from self._turns(rest, names)
