"""What is picked by indices, and what the indices may be."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing import layers
from kernelagent_lsp.guessing.operators.arguments import argument, resized
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, unify
from kernelagent_lsp.guessing.values import Tensor, Value


def gathered(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    axis, index = argument(args, kwargs, 1, "dim"), argument(args, kwargs, 2, "index")
    if not isinstance(index, Tensor) or not isinstance(axis, int):
        return Tensor()
    if args[0].shape.rank is not None:
        index.shape.set_rank(args[0].shape.rank)
    pointing(index, args[0].shape.at(axis))
    return Tensor(index.shape)


def selected(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    axis, index = argument(args, kwargs, 1, "dim"), argument(args, kwargs, 2, "index")
    if not isinstance(index, Tensor) or not isinstance(axis, int):
        return Tensor()
    index.shape.set_rank(1)
    pointing(index, args[0].shape.at(axis))
    return resized(args[0], axis, index.shape.at(0))


def added(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """``index_add`` and its like: each index says where a slice of the source goes."""
    axis, index = argument(args, kwargs, 1, "dim"), argument(args, kwargs, 2, "index")
    source = argument(args, kwargs, 3, "source")
    if isinstance(index, Tensor) and isinstance(axis, int):
        index.shape.set_rank(1)
        pointing(index, args[0].shape.at(axis))
        if isinstance(source, Tensor):
            source.shape.set_rank(args[0].shape.rank) if args[0].shape.rank is not None else None
            unify(source.shape.at(axis), index.shape.at(0))
    return Tensor(args[0].shape)


def pointing(index: Tensor, below: Dim | None) -> None:
    """``index`` holds indices into a dimension."""
    if index.argument is not None:
        index.argument.is_a("index")
        index.argument.below = index.argument.below or below


def one_hot(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    count = layers.size_of(argument(args, kwargs, 1, "num_classes")) or Dim()
    pointing(args[0], count)
    dims = args[0].shape.dims
    return Tensor(Shape([*dims, count])) if dims is not None else Tensor()


def classified(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """Cross entropy: a class for each row of scores."""
    target = argument(args, kwargs, 1, "target")
    args[0].shape.set_rank(2) if args[0].shape.least_rank <= 2 else None
    if isinstance(target, Tensor):
        pointing(target, args[0].shape.at(1))
        dims = args[0].shape.dims
        if dims is not None and len(dims) >= 2:
            target.shape.set_rank(len(dims) - 1)
            for place, dim in enumerate([dims[0], *dims[2:]]):
                unify(target.shape.at(place), dim)
    return Tensor(Shape([]))
