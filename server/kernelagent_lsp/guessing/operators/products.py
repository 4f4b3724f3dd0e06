"""Products of matrices, and what is made of them: convolutions, attention, the functional forms of layers."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing import layers, patterns
from kernelagent_lsp.guessing.operators.arguments import Rule, argument
from kernelagent_lsp.guessing.shapes import Shape, broadcast, unify_shapes
from kernelagent_lsp.guessing.sizes import Dim, combined, unify
from kernelagent_lsp.guessing.values import UNKNOWN, Layer, Tensor, Value


def matmul(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    other = argument(args, kwargs, 1, "other", "mat2")
    if not isinstance(other, Tensor):
        return Tensor()
    a, b = args[0].shape, other.shape
    if a.rank == 1 and b.rank == 1:
        unify(a.at(0), b.at(0))
        return Tensor(Shape([]))
    if b.rank == 1:
        unify(a.at(-1), b.at(0))
        return Tensor(Shape(a.dims[:-1])) if a.dims is not None else Tensor()
    unify(a.at(-1), b.at(-2))
    if b.rank == 2 or b.dims is None:
        if a.dims is None or b.dims is not None or a.rank is None or a.rank < 2:
            return Tensor(a.with_last(b.at(-1)))
        if a.rank > 2:
            b.set_rank(a.rank)
    if a.dims is not None and b.dims is not None and len(a.dims) >= 2:
        batch = broadcast(Shape(a.dims[:-2]), Shape(b.dims[:-2]))
        return Tensor(Shape([*(batch.dims or []), a.dims[-2], b.at(-1)]))
    return Tensor(a.with_last(b.at(-1)))


def batched(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    for each in args[:2]:
        if isinstance(each, Tensor):
            each.shape.set_rank(3)
    return matmul(args, kwargs)


def plain(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    for each in args[:2]:
        if isinstance(each, Tensor):
            each.shape.set_rank(2)
    return matmul(args, kwargs)


def outer(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    tensors = [each for each in args[:2] if isinstance(each, Tensor)]
    for each in tensors:
        each.shape.set_rank(1)
    return Tensor(Shape([each.shape.at(0) for each in tensors]))


def linear(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    weight = argument(args, kwargs, 1, "weight")
    if not isinstance(weight, Tensor):
        return Tensor()
    weight.shape.set_rank(2)
    unify(args[0].shape.at(-1), weight.shape.at(1))
    return Tensor(args[0].shape.with_last(weight.shape.at(0)))


def convolution(name: str) -> Rule:
    spatial = int(name[-2])

    def rule(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        weight = argument(args, kwargs, 1, "weight")
        if not isinstance(weight, Tensor):
            args[0].shape.set_rank(spatial + 2)
            return Tensor()
        weight.shape.set_rank(spatial + 2)
        groups = argument(args, kwargs, 6, "groups", default=1)
        wide = combined("*", weight.shape.at(1), groups) if isinstance(groups, (int, Dim)) else UNKNOWN
        kernel = [weight.shape.at(2 + axis).value or 1 for axis in range(spatial)]
        chosen = {key: value for key, value in kwargs.items() if key in ("stride", "padding", "dilation")}
        chosen.update(zip(("stride", "padding", "dilation"), args[3:6], strict=False))
        layer = Layer(f"Conv{spatial}d", [wide, weight.shape.at(0), kernel], chosen)
        return layers.LAYERS[layer.name](layer, [args[0]])

    return rule


def as_layer(name: str, first: int = 1) -> Rule:
    """The function that does what the layer of that name does, with the layer's arguments behind the tensor."""

    def rule(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        return layers.LAYERS[name](Layer(name, list(args[first:]), kwargs), [args[0]])

    return rule


def embedding(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    weight = argument(args, kwargs, 1, "weight")
    if not isinstance(weight, Tensor):
        return Tensor()
    layer = Layer("Embedding", [weight.shape.at(0), weight.shape.at(1)], {})
    return layers.LAYERS["Embedding"](layer, [args[0]])


def attention(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    key, value = argument(args, kwargs, 1, "key"), argument(args, kwargs, 2, "value")
    if not (isinstance(key, Tensor) and isinstance(value, Tensor)):
        return Tensor(args[0].shape)
    unify_shapes(key.shape, value.shape) if key.shape is value.shape else None
    unify(args[0].shape.at(-1), key.shape.at(-1))
    unify(key.shape.at(-2), value.shape.at(-2))
    ranks = [each.shape.rank for each in (args[0], key, value) if each.shape.rank]
    for each in (args[0], key, value):
        each.shape.set_rank(ranks[0] if ranks else 4)
        for place in range((each.shape.rank or 2) - 2):
            unify(each.shape.at(place), args[0].shape.at(place))
    return Tensor(args[0].shape.with_last(value.shape.at(-1)))


def einsum(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    operands = args[1:] if len(args) != 2 or not isinstance(args[1], (list, tuple)) else args[1]
    return patterns.einsum(args[0], list(operands)) if isinstance(args[0], str) else Tensor()
