"""How rules read their arguments; the first is a tensor wherever the table of operators is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim
from kernelagent_lsp.guessing.values import Tensor, Value

Rule = Callable[[Sequence[Value], dict[str, Value]], Value]
"""From arguments, and those by name, to what the operator gives."""


def argument(args: Sequence[Value], kwargs: dict[str, Value], place: int, *names: str, default: Value = None) -> Value:
    if place < len(args):
        return args[place]
    return next((kwargs[name] for name in names if name in kwargs), default)


def sizes_in(args: Sequence[Value]) -> list[Value]:
    """Sizes that are given one by one or as one tuple."""
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        return list(args[0])
    return list(args)


def resized(tensor: Tensor, axis: int, size: Dim) -> Tensor:
    if axis == -1:
        return Tensor(tensor.shape.with_last(size))
    dims = tensor.shape.dims
    if dims is None or not -len(dims) <= axis < len(dims):
        return Tensor()
    made = list(dims)
    made[axis] = size
    return Tensor(Shape(made))
