"""Subscripts of tensors and of their shapes."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing.operators.indexed import pointing
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, as_dim, combined
from kernelagent_lsp.guessing.values import UNKNOWN, Tensor, Value


def sliced_shape(shape: Shape, lower: Value, upper: Value, step: Value) -> Value:
    """``x.shape[1:]``"""
    dims = shape.dims
    ends = (lower, upper, step)
    if dims is not None:
        return tuple(dims[slice(*ends)]) if all(end is None or isinstance(end, int) for end in ends) else UNKNOWN
    if lower is None and isinstance(upper, int) and 0 < upper < 8:
        return tuple(shape.at(place) for place in range(upper))
    if upper is None and isinstance(lower, int) and -8 < lower < 0:
        return tuple(shape.at(place) for place in range(lower, 0))
    return UNKNOWN


def indexed(tensor: Tensor, parts: Sequence[Value]) -> Tensor:
    """``x[:, 0]``"""
    shape = tensor.shape
    taking = [part for part in parts if part is not None and part is not Ellipsis]
    if (
        Ellipsis not in [part for part in parts if not isinstance(part, (Tensor, Dim))]
        and shape.rank is None
        and taking
    ):
        shape.at(len(taking) - 1)
    for part in parts:
        if isinstance(part, Tensor) and part.argument is not None and len(parts) == 1:
            pointing(part, shape.at(0))
    dims = shape.dims
    if dims is None and all(part is None or part is Ellipsis or isinstance(part, (int, Dim, slice)) for part in parts):
        dropped = sum(isinstance(part, (int, Dim)) for part in parts)
        return Tensor(Shape(made_of=shape, more_there=dropped - sum(part is None for part in parts)))
    if dims is None or len(taking) > len(dims):
        return Tensor()
    made: list[Dim] = []
    place = 0
    for part in parts:
        if part is Ellipsis:
            skipped = len(dims) - len(taking)
            made += dims[place : place + skipped]
            place += skipped
        elif part is None:
            made.append(Dim(1))
        elif isinstance(part, slice):
            made.append(_sliced(dims[place], part))
            place += 1
        elif isinstance(part, Tensor):
            inner = part.shape.dims
            if inner is None:
                return Tensor()
            made += inner
            place += 1
        else:
            place += 1
    return Tensor(Shape([*made, *dims[place:]]))


def _sliced(dim: Dim, part: slice) -> Dim:
    lower, upper, step = part.start, part.stop, part.step
    if isinstance(step, int) and step > 1 and lower in (None, 0) and upper is None:
        return combined("//", combined("+", dim, step - 1), step)
    if step is not None and step != 1:
        return dim if lower is None and upper is None else Dim()
    if upper is None and (lower is None or lower == 0):
        return dim
    if upper is None and isinstance(lower, int):
        return combined("-", dim, lower) if lower > 0 else Dim(-lower)
    if lower in (None, 0) and isinstance(upper, int) and upper < 0:
        return combined("-", dim, -upper)
    if lower in (None, 0) and isinstance(upper, (int, Dim)):
        return as_dim(upper)
    if isinstance(lower, (int, Dim)) and isinstance(upper, (int, Dim)):
        return combined("-", as_dim(upper), lower)
    return Dim()
