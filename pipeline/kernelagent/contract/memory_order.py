"""How an expression for an example's tensor says in which order its dimensions lie in memory."""

from __future__ import annotations

from collections.abc import Sequence


def in_order(text: str, shape: Sequence[int], strides: Sequence[int]) -> str:
    """``text``, which makes a contiguous tensor of ``shape``, followed by what lays it out with ``strides``. It stays
    as it is where those are of no permutation of memory in rows, or not known."""
    if len(strides) != len(shape) or 0 in shape:
        return text
    order = sorted(range(len(shape)), key=lambda axis: (strides[axis], shape[axis]), reverse=True)
    if _lies(shape, strides, range(len(shape))) or not _lies(shape, strides, order):
        return text
    for rank, name in ((4, "channels_last"), (5, "channels_last_3d")):
        if len(shape) == rank and order == [0, *range(2, rank), 1]:
            return f"{text}.contiguous(memory_format=torch.{name})"
    back = [order.index(axis) for axis in range(len(order))]
    there, again = (", ".join(map(str, axes)) for axes in (order, back))
    return f"{text}.permute({there}).contiguous().permute({again})"


def _lies(shape: Sequence[int], strides: Sequence[int], order: Sequence[int]) -> bool:
    """Whether those are the strides of memory in rows whose dimensions come in ``order``, the last one innermost."""
    step = 1
    for axis in reversed(order):
        if shape[axis] != 1 and strides[axis] != step:
            return False
        step *= shape[axis]
    return True
