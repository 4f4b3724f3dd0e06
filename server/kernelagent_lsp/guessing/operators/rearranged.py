"""The same elements at other places, or more of them: views, transpositions, expansion, padding, resizing."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing import layers
from kernelagent_lsp.guessing.operators.arguments import argument, sizes_in
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, as_dim, combined, factors, product, unify
from kernelagent_lsp.guessing.values import Tensor, Value


def transposed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    shape: Shape = args[0].shape
    a, b = argument(args, kwargs, 1, "dim0", default=-1), argument(args, kwargs, 2, "dim1", default=-2)
    if not (isinstance(a, int) and isinstance(b, int)):
        return Tensor()
    shape.at(a), shape.at(b)
    dims = shape.dims
    if dims is None or not all(-len(dims) <= one < len(dims) for one in (a, b)):
        return Tensor()
    made = list(dims)
    made[a], made[b] = made[b], made[a]
    return Tensor(Shape(made))


def flat_transposed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    args[0].shape.set_rank(2)
    return transposed([args[0], 0, 1], {})


def permuted(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    order = sizes_in(args[1:]) or sizes_in([kwargs.get("dims", ())])
    if not order or not all(isinstance(one, int) for one in order):
        return Tensor()
    args[0].shape.set_rank(len(order))
    dims = args[0].shape.dims
    if dims is None or len(dims) != len(order):
        return Tensor()
    return Tensor(Shape([dims[one] for one in order]))


def viewed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """The product of the sizes stays: a size of -1 is what is left, and what is given says what there was."""
    sizes = [one if one == -1 else (layers.size_of(one) or Dim()) for one in sizes_in(args[1:])]
    before, free = args[0].shape.dims, [place for place, one in enumerate(sizes) if one == -1]
    if len(free) > 1:
        return Tensor()
    given = [one for one in sizes if one != -1]
    if before is None:
        return Tensor(Shape([Dim() if one == -1 else one for one in sizes]))
    had = [part for dim in before for part in factors(dim)]
    left = []
    for dim in (part for one in given for part in factors(one)):
        twin = next((other for other in had if other.root is dim.root), None)
        if twin is not None:
            had.remove(twin)
        else:
            left.append(dim)
    if not free:
        if left and had:
            unify(product(had), product(left))
        return Tensor(Shape(given))
    if free == [0] and left and len(had) > 1 and before and had[0].root is before[0].root and len(sizes) == 2:
        unify(product(had[1:]), product(left))  # (-1, 400) is a batch of 400 each
        return Tensor(Shape([before[0], *given]))
    rest = combined("//", product(had), product(left)) if left else product(had)
    return Tensor(Shape([rest if one == -1 else one for one in sizes]))


def flattened(tensor: Tensor, start: int, end: int) -> Tensor:
    dims = tensor.shape.dims
    if dims is None:
        return Tensor()
    if not dims:
        return Tensor(Shape([Dim(1)]))
    first, last = start % len(dims), end % len(dims)
    return Tensor(Shape([*dims[:first], product(dims[first : last + 1]), *dims[last + 1 :]]))


def flatten(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    start, end = argument(args, kwargs, 1, "start_dim", default=0), argument(args, kwargs, 2, "end_dim", default=-1)
    return flattened(args[0], start, end) if isinstance(start, int) and isinstance(end, int) else Tensor()


def unsqueezed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    place, dims = argument(args, kwargs, 1, "dim"), args[0].shape.dims
    if dims is None or not isinstance(place, int):
        return Tensor()
    place = place % (len(dims) + 1)
    return Tensor(Shape([*dims[:place], Dim(1), *dims[place:]]))


def squeezed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    place, dims = argument(args, kwargs, 1, "dim"), args[0].shape.dims
    if dims is None:
        return Tensor()
    if not isinstance(place, int):
        return Tensor(Shape([dim for dim in dims if dim.value != 1]))
    if not dims or dims[place % len(dims)].value not in (1, None):
        return Tensor(args[0].shape)
    return Tensor(Shape([dim for number, dim in enumerate(dims) if number != place % len(dims)]))


def repeated(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    times, dims = sizes_in(args[1:]), args[0].shape.dims
    if dims is None or len(times) < len(dims) or not all(isinstance(one, (int, Dim)) for one in times):
        return Tensor()
    padded = [*([Dim(1)] * (len(times) - len(dims))), *dims]
    return Tensor(Shape([combined("*", dim, one) for dim, one in zip(padded, times, strict=True)]))


def expanded(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    sizes, dims = sizes_in(args[1:]), args[0].shape.dims
    if dims is None or len(sizes) < len(dims):
        return Tensor()
    padded = [*([Dim(1)] * (len(sizes) - len(dims))), *dims]
    return Tensor(
        Shape([dim if one == -1 else layers.size_of(one) or Dim() for dim, one in zip(padded, sizes, strict=True)])
    )


def expanded_as(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    return args[1] if len(args) > 1 and isinstance(args[1], Tensor) else Tensor()


def padded(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    amounts, dims = argument(args, kwargs, 1, "pad"), args[0].shape.dims
    if dims is None or not isinstance(amounts, (list, tuple)) or len(amounts) > 2 * len(dims):
        return Tensor()
    made = list(dims)
    for place in range(len(amounts) // 2):
        low, high = amounts[2 * place], amounts[2 * place + 1]
        if isinstance(low, (int, Dim)) and isinstance(high, (int, Dim)):
            total = combined("+", as_dim(low), high)
            made[-1 - place] = combined("+", made[-1 - place], total)
        else:
            made[-1 - place] = Dim()
    return Tensor(Shape(made))


def interpolated(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    size, factor = argument(args, kwargs, 1, "size"), argument(args, kwargs, 2, "scale_factor")
    dims = args[0].shape.dims
    if dims is None:
        return Tensor()
    if isinstance(factor, int):
        return Tensor(Shape([*dims[:2], *(combined("*", dim, factor) for dim in dims[2:])]))
    if isinstance(size, (list, tuple)) and len(size) == len(dims) - 2:
        return Tensor(Shape([*dims[:2], *(layers.size_of(one) or Dim() for one in size)]))
    return Tensor(Shape([*dims[:2], *(Dim() for _ in dims[2:])]))
