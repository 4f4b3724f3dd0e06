"""Elementwise work, reductions and scans, losses: the operands' shape, or what is left of it."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing import layers
from kernelagent_lsp.guessing.operators.arguments import argument
from kernelagent_lsp.guessing.shapes import Shape, broadcast, unify_shapes
from kernelagent_lsp.guessing.sizes import Dim, unify
from kernelagent_lsp.guessing.values import Tensor, Value


def elementwise(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """Same shape; a ``dim`` that is named is there."""
    return args[0]


def as_index(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    return args[0]


def arithmetic(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """Of all operands, broadcast together."""
    shape: Shape | None = None
    for each in args:
        if isinstance(each, Tensor):
            shape = each.shape if shape is None else broadcast(shape, each.shape)
    return Tensor(shape or Shape([]))


def along(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """Softmax and scans: same shape, and the dimension is there."""
    dim = argument(args, kwargs, 1, "dim")
    if isinstance(dim, int) and abs(dim) < 8:
        args[0].shape.at(dim)
    return Tensor(args[0].shape)


def reduced(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    shape: Shape = args[0].shape
    dim = argument(args, kwargs, 1, "dim", "axis")
    keep = argument(args, kwargs, 2, "keepdim", default=False) is True
    if dim is None:
        return Tensor(Shape([]))
    axes = [one for one in (dim if isinstance(dim, (list, tuple)) else [dim]) if isinstance(one, int)]
    for axis in axes:
        shape.at(axis)
    dims = shape.dims
    if dims is None:
        if keep and axes == [-1]:
            return Tensor(shape.with_last(Dim(1)))
        found = Shape(made_of=shape, more_there=0 if keep else len(axes))
        for axis in axes if keep else ():
            unify(found.at(axis), Dim(1))
        return Tensor(found)
    gone = {axis % len(dims) for axis in axes} if dims else set()
    kept = [Dim(1) if place in gone else each for place, each in enumerate(dims) if keep or place not in gone]
    return Tensor(Shape(kept))


def pair_reduced(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """``max(dim)``: values and where they were."""
    if isinstance(argument(args, kwargs, 1), Tensor):
        return arithmetic(args, kwargs)
    found = reduced(args, kwargs)
    return found if argument(args, kwargs, 1, "dim") is None else (found, Tensor(found.shape))


def kept_pair(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    along(args, kwargs)
    return (Tensor(args[0].shape), Tensor(args[0].shape))


def topk(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    count = layers.size_of(argument(args, kwargs, 1, "k")) or Dim()
    dim = argument(args, kwargs, 2, "dim", default=-1)
    found = Tensor(args[0].shape.with_last(count)) if dim == -1 else Tensor()
    return (found, Tensor(found.shape))


def masked(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    mask = argument(args, kwargs, 1, "mask")
    if isinstance(mask, Tensor):
        if mask.argument is not None:
            mask.argument.is_a("bool")
        broadcast(args[0].shape, mask.shape)
    return Tensor(args[0].shape)


def where(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    if args[0].argument is not None:
        args[0].argument.is_a("bool")
    return arithmetic(args, kwargs)


def compared(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """A loss: both of the same shape."""
    if len(args) > 1 and isinstance(args[1], Tensor):
        unify_shapes(args[0].shape, args[1].shape)
    return Tensor(Shape([]))
