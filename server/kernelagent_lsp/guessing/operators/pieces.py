"""Tensors put together from several, and taken apart."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing import layers
from kernelagent_lsp.guessing.operators.arguments import argument, resized
from kernelagent_lsp.guessing.shapes import Shape, unify_shapes
from kernelagent_lsp.guessing.sizes import Dim, combined, unify
from kernelagent_lsp.guessing.values import UNKNOWN, Tensor, Value


def joined(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """``cat``: all sizes are the same but one, which is the sum."""
    parts = args[0] if isinstance(args[0], (list, tuple)) else []
    tensors = [each for each in parts if isinstance(each, Tensor)]
    axis = argument(args, kwargs, 1, "dim", "axis", default=0)
    if not tensors or len(tensors) != len(parts) or not isinstance(axis, int):
        return Tensor()
    rank = next((each.shape.rank for each in tensors if each.shape.rank is not None), None)
    if rank is None:
        return Tensor()
    for each in tensors:
        each.shape.set_rank(rank)
    if any(each.shape.rank != rank for each in tensors) or not -rank <= axis < rank:
        return Tensor()
    made = []
    for place in range(rank):
        sizes = [each.shape.at(place) for each in tensors]
        if place == axis % rank:
            made.append(_total(sizes))
        else:
            for size in sizes[1:]:
                unify(sizes[0], size)
            made.append(sizes[0])
    return Tensor(Shape(made))


def _total(sizes: Sequence[Dim]) -> Dim:
    """Of a size that is taken several times, a multiple: that can be told back."""
    if all(size.root is sizes[0].root for size in sizes):
        return combined("*", sizes[0], len(sizes))
    total = sizes[0]
    for size in sizes[1:]:
        total = combined("+", total, size)
    return total


def stacked(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    parts = args[0] if isinstance(args[0], (list, tuple)) else []
    tensors = [each for each in parts if isinstance(each, Tensor)]
    axis = argument(args, kwargs, 1, "dim", default=0)
    for each in tensors[1:]:
        unify_shapes(tensors[0].shape, each.shape)
    dims = tensors[0].shape.dims if tensors else None
    if dims is None or not isinstance(axis, int):
        return Tensor()
    axis = axis % (len(dims) + 1)
    return Tensor(Shape([*dims[:axis], Dim(len(parts)), *dims[axis:]]))


def chunked(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    count, axis = argument(args, kwargs, 1, "chunks"), argument(args, kwargs, 2, "dim", default=0)
    if not (isinstance(count, int) and isinstance(axis, int) and 0 < count < 64):
        return UNKNOWN
    part = combined("//", args[0].shape.at(axis), count)
    return tuple(resized(args[0], axis, part) for _ in range(count))


def split(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    size, axis = argument(args, kwargs, 1, "split_size", "split_size_or_sections"), argument(args, kwargs, 2, "dim")
    axis = axis if isinstance(axis, int) else 0
    if isinstance(size, (list, tuple)):
        sizes = [layers.size_of(one) for one in size]
        known = [one for one in sizes if one is not None]
        if known and len(known) == len(sizes):
            total = known[0]
            for one in known[1:]:
                total = combined("+", total, one)
            unify(args[0].shape.at(axis), total)
        return tuple(resized(args[0], axis, one or Dim()) for one in sizes)
    each, whole = layers.size_of(size), args[0].shape.at(axis).value
    if each is None:
        return UNKNOWN
    count = whole // each.value if whole and each.value else 3
    return tuple(resized(args[0], axis, each) for _ in range(max(1, min(count, 64))))


def unbound(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    axis = argument(args, kwargs, 1, "dim", default=0)
    dims = args[0].shape.dims
    if dims is None or not isinstance(axis, int) or not dims:
        return UNKNOWN
    count = dims[axis % len(dims)].value or 0
    rest = [dim for place, dim in enumerate(dims) if place != axis % len(dims)]
    return tuple(Tensor(Shape(rest)) for _ in range(count)) if 0 < count < 64 else UNKNOWN
