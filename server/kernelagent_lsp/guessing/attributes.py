"""What lies behind a dot: attributes and methods of tensors, layers, instances and plain values."""

from __future__ import annotations

import ast
import math

from kernelagent_lsp.guessing.expressions import Expressions
from kernelagent_lsp.guessing.layers import size_of
from kernelagent_lsp.guessing.operators.table import OF_LISTS, OPERATORS, made
from kernelagent_lsp.guessing.parameters import by_name
from kernelagent_lsp.guessing.shapes import Shape
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


class Attributes(Expressions):
    """Expressions, and what their values have."""

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
