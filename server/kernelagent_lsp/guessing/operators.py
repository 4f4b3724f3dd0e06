"""What functions of ``torch`` and methods of tensors tell of their operands' shapes, and what they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kernelagent_lsp.guessing import layers, patterns
from kernelagent_lsp.guessing.shapes import Shape, broadcast, unify_shapes
from kernelagent_lsp.guessing.sizes import Dim, as_dim, combined, factors, product, unify
from kernelagent_lsp.guessing.values import UNKNOWN, Layer, Tensor, Value

Rule = Callable[[Sequence[Value], dict[str, Value]], Value]
"""From arguments, the first of which is a tensor wherever :data:`OPERATORS` is asked."""


def _argument(args: Sequence[Value], kwargs: dict[str, Value], place: int, *names: str, default: Value = None) -> Value:
    if place < len(args):
        return args[place]
    return next((kwargs[name] for name in names if name in kwargs), default)


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
    dim = _argument(args, kwargs, 1, "dim")
    if isinstance(dim, int) and abs(dim) < 8:
        args[0].shape.at(dim)
    return Tensor(args[0].shape)


def reduced(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    shape: Shape = args[0].shape
    dim = _argument(args, kwargs, 1, "dim", "axis")
    keep = _argument(args, kwargs, 2, "keepdim", default=False) is True
    if dim is None:
        return Tensor(Shape([]))
    axes = [one for one in (dim if isinstance(dim, (list, tuple)) else [dim]) if isinstance(one, int)]
    for axis in axes:
        shape.at(axis)
    dims = shape.dims
    if dims is None:
        return Tensor(shape.with_last(Dim(1))) if keep and axes == [-1] else Tensor()
    gone = {axis % len(dims) for axis in axes} if dims else set()
    kept = [Dim(1) if place in gone else each for place, each in enumerate(dims) if keep or place not in gone]
    return Tensor(Shape(kept))


def pair_reduced(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """``max(dim)``: values and where they were."""
    if isinstance(_argument(args, kwargs, 1), Tensor):
        return arithmetic(args, kwargs)
    found = reduced(args, kwargs)
    return found if _argument(args, kwargs, 1, "dim") is None else (found, Tensor(found.shape))


def kept_pair(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    along(args, kwargs)
    return (Tensor(args[0].shape), Tensor(args[0].shape))


def topk(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    count = layers.size_of(_argument(args, kwargs, 1, "k")) or Dim()
    dim = _argument(args, kwargs, 2, "dim", default=-1)
    found = Tensor(args[0].shape.with_last(count)) if dim == -1 else Tensor()
    return (found, Tensor(found.shape))


def matmul(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    other = _argument(args, kwargs, 1, "other", "mat2")
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
    weight = _argument(args, kwargs, 1, "weight")
    if not isinstance(weight, Tensor):
        return Tensor()
    weight.shape.set_rank(2)
    unify(args[0].shape.at(-1), weight.shape.at(1))
    return Tensor(args[0].shape.with_last(weight.shape.at(0)))


def convolution(name: str) -> Rule:
    spatial = int(name[-2])

    def rule(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        weight = _argument(args, kwargs, 1, "weight")
        if not isinstance(weight, Tensor):
            args[0].shape.set_rank(spatial + 2)
            return Tensor()
        weight.shape.set_rank(spatial + 2)
        groups = _argument(args, kwargs, 6, "groups", default=1)
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
    weight = _argument(args, kwargs, 1, "weight")
    if not isinstance(weight, Tensor):
        return Tensor()
    layer = Layer("Embedding", [weight.shape.at(0), weight.shape.at(1)], {})
    return layers.LAYERS["Embedding"](layer, [args[0]])


def attention(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    key, value = _argument(args, kwargs, 1, "key"), _argument(args, kwargs, 2, "value")
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


def masked(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    mask = _argument(args, kwargs, 1, "mask")
    if isinstance(mask, Tensor):
        if mask.argument is not None:
            mask.argument.is_a("bool")
        broadcast(args[0].shape, mask.shape)
    return Tensor(args[0].shape)


def where(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    if args[0].argument is not None:
        args[0].argument.is_a("bool")
    return arithmetic(args, kwargs)


def transposed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    shape: Shape = args[0].shape
    a, b = _argument(args, kwargs, 1, "dim0", default=-1), _argument(args, kwargs, 2, "dim1", default=-2)
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
    order = _sizes(args[1:]) or _sizes([kwargs.get("dims", ())])
    if not order or not all(isinstance(one, int) for one in order):
        return Tensor()
    args[0].shape.set_rank(len(order))
    dims = args[0].shape.dims
    if dims is None or len(dims) != len(order):
        return Tensor()
    return Tensor(Shape([dims[one] for one in order]))


def _sizes(args: Sequence[Value]) -> list[Value]:
    """Sizes that are given one by one or as one tuple."""
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        return list(args[0])
    return list(args)


def viewed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """The product of the sizes stays: a size of -1 is what is left, and what is given says what there was."""
    sizes = [one if one == -1 else (layers.size_of(one) or Dim()) for one in _sizes(args[1:])]
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
    start, end = _argument(args, kwargs, 1, "start_dim", default=0), _argument(args, kwargs, 2, "end_dim", default=-1)
    return flattened(args[0], start, end) if isinstance(start, int) and isinstance(end, int) else Tensor()


def unsqueezed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    place, dims = _argument(args, kwargs, 1, "dim"), args[0].shape.dims
    if dims is None or not isinstance(place, int):
        return Tensor()
    place = place % (len(dims) + 1)
    return Tensor(Shape([*dims[:place], Dim(1), *dims[place:]]))


def squeezed(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    place, dims = _argument(args, kwargs, 1, "dim"), args[0].shape.dims
    if dims is None:
        return Tensor()
    if not isinstance(place, int):
        return Tensor(Shape([dim for dim in dims if dim.value != 1]))
    if not dims or dims[place % len(dims)].value not in (1, None):
        return Tensor(args[0].shape)
    return Tensor(Shape([dim for number, dim in enumerate(dims) if number != place % len(dims)]))


def joined(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """``cat``: all sizes are the same but one, which is the sum."""
    parts = args[0] if isinstance(args[0], (list, tuple)) else []
    tensors = [each for each in parts if isinstance(each, Tensor)]
    axis = _argument(args, kwargs, 1, "dim", "axis", default=0)
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
            total = sizes[0]
            for size in sizes[1:]:
                total = combined("+", total, size)
            made.append(total)
        else:
            for size in sizes[1:]:
                unify(sizes[0], size)
            made.append(sizes[0])
    return Tensor(Shape(made))


def stacked(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    parts = args[0] if isinstance(args[0], (list, tuple)) else []
    tensors = [each for each in parts if isinstance(each, Tensor)]
    axis = _argument(args, kwargs, 1, "dim", default=0)
    for each in tensors[1:]:
        unify_shapes(tensors[0].shape, each.shape)
    dims = tensors[0].shape.dims if tensors else None
    if dims is None or not isinstance(axis, int):
        return Tensor()
    axis = axis % (len(dims) + 1)
    return Tensor(Shape([*dims[:axis], Dim(len(parts)), *dims[axis:]]))


def chunked(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    count, axis = _argument(args, kwargs, 1, "chunks"), _argument(args, kwargs, 2, "dim", default=0)
    if not (isinstance(count, int) and isinstance(axis, int) and 0 < count < 64):
        return UNKNOWN
    part = combined("//", args[0].shape.at(axis), count)
    return tuple(_with(args[0], axis, part) for _ in range(count))


def split(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    size, axis = _argument(args, kwargs, 1, "split_size", "split_size_or_sections"), _argument(args, kwargs, 2, "dim")
    axis = axis if isinstance(axis, int) else 0
    if isinstance(size, (list, tuple)):
        sizes = [layers.size_of(one) for one in size]
        known = [one for one in sizes if one is not None]
        if known and len(known) == len(sizes):
            total = known[0]
            for one in known[1:]:
                total = combined("+", total, one)
            unify(args[0].shape.at(axis), total)
        return tuple(_with(args[0], axis, one or Dim()) for one in sizes)
    each, whole = layers.size_of(size), args[0].shape.at(axis).value
    if each is None:
        return UNKNOWN
    count = whole // each.value if whole and each.value else 3
    return tuple(_with(args[0], axis, each) for _ in range(max(1, min(count, 64))))


def unbound(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    axis = _argument(args, kwargs, 1, "dim", default=0)
    dims = args[0].shape.dims
    if dims is None or not isinstance(axis, int) or not dims:
        return UNKNOWN
    count = dims[axis % len(dims)].value or 0
    rest = [dim for place, dim in enumerate(dims) if place != axis % len(dims)]
    return tuple(Tensor(Shape(rest)) for _ in range(count)) if 0 < count < 64 else UNKNOWN


def _with(tensor: Tensor, axis: int, size: Dim) -> Tensor:
    if axis == -1:
        return Tensor(tensor.shape.with_last(size))
    dims = tensor.shape.dims
    if dims is None or not -len(dims) <= axis < len(dims):
        return Tensor()
    made = list(dims)
    made[axis] = size
    return Tensor(Shape(made))


def repeated(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    times, dims = _sizes(args[1:]), args[0].shape.dims
    if dims is None or len(times) < len(dims) or not all(isinstance(one, (int, Dim)) for one in times):
        return Tensor()
    padded = [*([Dim(1)] * (len(times) - len(dims))), *dims]
    return Tensor(Shape([combined("*", dim, one) for dim, one in zip(padded, times, strict=True)]))


def expanded(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    sizes, dims = _sizes(args[1:]), args[0].shape.dims
    if dims is None or len(sizes) < len(dims):
        return Tensor()
    padded = [*([Dim(1)] * (len(sizes) - len(dims))), *dims]
    return Tensor(
        Shape([dim if one == -1 else layers.size_of(one) or Dim() for dim, one in zip(padded, sizes, strict=True)])
    )


def expanded_as(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    return args[1] if len(args) > 1 and isinstance(args[1], Tensor) else Tensor()


def einsum(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    operands = args[1:] if len(args) != 2 or not isinstance(args[1], (list, tuple)) else args[1]
    return patterns.einsum(args[0], list(operands)) if isinstance(args[0], str) else Tensor()


def gathered(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    axis, index = _argument(args, kwargs, 1, "dim"), _argument(args, kwargs, 2, "index")
    if not isinstance(index, Tensor) or not isinstance(axis, int):
        return Tensor()
    if args[0].shape.rank is not None:
        index.shape.set_rank(args[0].shape.rank)
    pointing(index, args[0].shape.at(axis))
    return Tensor(index.shape)


def selected(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    axis, index = _argument(args, kwargs, 1, "dim"), _argument(args, kwargs, 2, "index")
    if not isinstance(index, Tensor) or not isinstance(axis, int):
        return Tensor()
    index.shape.set_rank(1)
    pointing(index, args[0].shape.at(axis))
    return _with(args[0], axis, index.shape.at(0))


def pointing(index: Tensor, below: Dim | None) -> None:
    """``index`` holds indices into a dimension."""
    if index.argument is not None:
        index.argument.is_a("index")
        index.argument.below = index.argument.below or below


def one_hot(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    count = layers.size_of(_argument(args, kwargs, 1, "num_classes")) or Dim()
    pointing(args[0], count)
    dims = args[0].shape.dims
    return Tensor(Shape([*dims, count])) if dims is not None else Tensor()


def classified(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """Cross entropy: a class for each row of scores."""
    target = _argument(args, kwargs, 1, "target")
    args[0].shape.set_rank(2) if args[0].shape.least_rank <= 2 else None
    if isinstance(target, Tensor):
        pointing(target, args[0].shape.at(1))
        dims = args[0].shape.dims
        if dims is not None and len(dims) >= 2:
            target.shape.set_rank(len(dims) - 1)
            for place, dim in enumerate([dims[0], *dims[2:]]):
                unify(target.shape.at(place), dim)
    return Tensor(Shape([]))


def compared(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """A loss: both of the same shape."""
    if len(args) > 1 and isinstance(args[1], Tensor):
        unify_shapes(args[0].shape, args[1].shape)
    return Tensor(Shape([]))


def padded(args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    amounts, dims = _argument(args, kwargs, 1, "pad"), args[0].shape.dims
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
    size, factor = _argument(args, kwargs, 1, "size"), _argument(args, kwargs, 2, "scale_factor")
    dims = args[0].shape.dims
    if dims is None:
        return Tensor()
    if isinstance(factor, int):
        return Tensor(Shape([*dims[:2], *(combined("*", dim, factor) for dim in dims[2:])]))
    if isinstance(size, (list, tuple)) and len(size) == len(dims) - 2:
        return Tensor(Shape([*dims[:2], *(layers.size_of(one) or Dim() for one in size)]))
    return Tensor(Shape([*dims[:2], *(Dim() for _ in dims[2:])]))
