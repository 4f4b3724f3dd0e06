"""The expressions of a source, as far as they tell of shapes: numbers are worked out, tensors keep their shapes."""

from __future__ import annotations

import ast
import math
import operator
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kernelagent_lsp.guessing.built_ins import PLAIN, built_in
from kernelagent_lsp.guessing.indexing import indexed, sliced_shape
from kernelagent_lsp.guessing.layers import size_of
from kernelagent_lsp.guessing.operator_table import OF_LISTS, OPERATORS, made
from kernelagent_lsp.guessing.shapes import Shape
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

    def attribute(self, owner: Value, name: str) -> Value:
        if isinstance(owner, Named):
            return (
                math.inf
                if owner.dotted in ("math", "torch", "numpy") and name == "inf"
                else Named(f"{owner.dotted}.{name}")
            )
        if isinstance(owner, Instance):
            if name in owner.attributes:
                return owner.attributes[name]
            method = self.source.method(owner.node, name)
            if method is None:
                return UNKNOWN
            bound = Function(method, {}, owner)
            is_property = any(isinstance(each, ast.Name) and each.id == "property" for each in method.decorator_list)
            return self.call(bound, [], {}) if is_property else bound
        if isinstance(owner, Record):
            return self._recorded(owner, name)
        if isinstance(owner, Tensor):
            return self._tensor_attribute(owner, name)
        if isinstance(owner, Layer) and name in ("weight", "bias"):
            return _weight(owner, name)
        if isinstance(owner, Layer):
            return owner.kwargs.get(name, UNKNOWN)
        return UNKNOWN

    def _recorded(self, record: Record, name: str) -> Value:
        from kernelagent_lsp.guessing.parameters import by_name

        if name not in record.attributes:
            chosen = by_name(name)
            record.attributes[name] = chosen.value
            record.invented[name] = chosen.text
        return record.attributes[name]

    def _tensor_attribute(self, tensor: Tensor, name: str) -> Value:
        if name == "shape":
            return ShapeOf(tensor)
        if name in ("ndim",):
            return UNKNOWN if tensor.shape.rank is None else tensor.shape.rank
        if name in ("T", "mT"):
            return OPERATORS["transpose"]([tensor, -1, -2], {})
        return tensor if name == "data" else UNKNOWN

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

    # Calls

    def _of_Call(self, node: ast.Call, names: Mapping[str, Value]) -> Value:
        function = node.func
        args = list(self._items(node.args, names))
        kwargs: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, names)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict):
                kwargs.update({str(key): one for key, one in value.items()})
        if isinstance(function, ast.Name) and function.id not in names and function.id not in self.source.functions:
            found = built_in(function.id, args, self.attribute)
            if found is not NotImplemented:
                return found
        if isinstance(function, ast.Attribute):
            inner = function.value
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "super":
                return self.call_super(names, function.attr, args, kwargs)
            owner = self.evaluate(inner, names)
            if not isinstance(owner, Named):
                return self._method(owner, function.attr, args, kwargs)
        return self.call(self.evaluate(function, names), args, kwargs)

    def _method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if isinstance(owner, Tensor):
            return self._tensor_method(owner, name, args, kwargs)
        if isinstance(owner, Instance):
            if (
                name in ("register_buffer", "register_parameter", "add_module")
                and len(args) > 1
                and isinstance(args[0], str)
            ):
                owner.attributes[args[0]] = args[1]
                return None
            if name == "forward":
                return self.call(owner, args, kwargs)
        if isinstance(owner, (Layer, Sequence_)) and name in ("forward", "__call__"):
            return self.call(owner, args, kwargs)
        if isinstance(owner, list) and name in ("append", "add") and args:
            owner.append(args[0])
            return None
        if isinstance(owner, list) and name in ("extend", "insert") and args and isinstance(args[-1], (list, tuple)):
            owner.extend(args[-1])
            return None
        if isinstance(owner, Sequence_) and name in ("append", "add_module") and args:
            owner.layers.append(args[-1])
            return None
        if isinstance(owner, dict) and name in ("values", "items", "keys", "get"):
            if name == "get":
                return (
                    owner.get(args[0], args[1] if len(args) > 1 else None)
                    if isinstance(args[0], (str, int))
                    else UNKNOWN
                )
            return [list(each) if isinstance(each, tuple) else each for each in getattr(owner, name)()]
        if isinstance(owner, str) and name in ("lower", "upper", "strip"):
            return getattr(owner, name)()
        return self.call(self.attribute(owner, name), args, kwargs)

    def _tensor_method(self, tensor: Tensor, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if name == "size":
            place = args[0] if args else kwargs.get("dim")
            if place is None:
                return ShapeOf(tensor)
            return tensor.shape.at(place) if isinstance(place, int) and abs(place) < 8 else UNKNOWN
        if name in ("dim", "ndimension"):
            return UNKNOWN if tensor.shape.rank is None else tensor.shape.rank
        if name == "numel":
            return UNKNOWN
        if name in ("new_zeros", "new_ones", "new_full", "new_empty"):
            return made("zeros", args[:1] if name == "new_full" else args, {})
        if name in ("bool", "logical_not") and tensor.argument is not None:
            tensor.argument.is_a("bool")
        if name in ("repeat_interleave", "unfold", "nonzero", "item", "tolist"):
            return Tensor() if name not in ("item", "tolist") else UNKNOWN
        args = [each.tensor.shape.dims or UNKNOWN if isinstance(each, ShapeOf) else each for each in args]
        rule = OPERATORS.get(name)
        return Tensor() if rule is None or name in OF_LISTS else rule([tensor, *args], kwargs)


def _weight(layer: Layer, name: str) -> Tensor:
    """A layer's own tensors, where their sizes are known."""
    given, taken = size_of(layer.get(1, "out_features")), size_of(layer.get(0, "in_features"))
    if layer.name == "Embedding":
        given, taken = size_of(layer.get(0, "num_embeddings")), size_of(layer.get(1, "embedding_dim"))
    if layer.name not in ("Linear", "Embedding") or given is None or taken is None:
        return Tensor()
    return Tensor(Shape([given, taken] if name == "weight" else [given]))
