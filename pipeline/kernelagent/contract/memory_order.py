"""In which order a tensor's dimensions lie in memory, and how an expression for an example says so."""

from __future__ import annotations

from collections.abc import Sequence


def in_order(text: str, shape: Sequence[int], strides: Sequence[int]) -> str:
    """``text``, which makes a contiguous tensor of ``shape``, followed by what lays it out with ``strides``. It stays
    as it is where those are of no permutation of memory in rows, or not known."""
    if len(strides) != len(shape) or 0 in shape:
        return text
    order = sorted(range(len(shape)), key=lambda axis: (strides[axis], shape[axis]), reverse=True)
    if lies_in_rows(shape, strides) or not _lies(shape, strides, order):
        return text
    for rank, name in ((4, "channels_last"), (5, "channels_last_3d")):
        if len(shape) == rank and order == [0, *range(2, rank), 1]:
            return f"{text}.contiguous(memory_format=torch.{name})"
    back = [order.index(axis) for axis in range(len(order))]
    there, again = (", ".join(map(str, axes)) for axes in (order, back))
    return f"{text}.permute({there}).contiguous().permute({again})"


def lies_in_rows(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether those are a contiguous tensor's; the stride of a dimension of size 1 says nothing."""
    return _lies(shape, strides, range(len(shape)))


def _lies(shape: Sequence[int], strides: Sequence[int], order: Sequence[int]) -> bool:
    """Whether those are the strides of memory in rows whose dimensions come in ``order``, the last one innermost."""
    step = 1
    for axis in reversed(order):
        if shape[axis] != 1 and strides[axis] != step:
            return False
        step *= shape[axis]
    return True
