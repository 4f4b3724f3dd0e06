"""Equal values in memory that is laid out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch

Layout = Literal["", "transposed", "sliced", "padded", "offset", "channels last", "expanded", "permuted", "loose"]


def lay_out(tensor: torch.Tensor, layout: Layout) -> torch.Tensor:
    """``tensor`` in another layout; as it is where the layout needs more dimensions than it has. What lies between the
    elements is NaN, or a large number. Only ``expanded`` changes values: the first slice is repeated."""
    return _LAYOUTS[layout](tensor) if layout and tensor.numel() else tensor


def as_it_lies(tensor: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """``tensor`` with its dimensions in memory in the order that those of ``given``, of the same shape, have."""
    laid_out = torch.empty_like(given, dtype=tensor.dtype)
    return tensor if laid_out.is_contiguous() else laid_out.copy_(tensor)


def _transposed(tensor: torch.Tensor) -> torch.Tensor:
    """The last two dimensions swapped in memory; every second element where there is one dimension only."""
    if tensor.dim() >= 2:
        return tensor.transpose(-1, -2).contiguous().transpose(-1, -2)
    return _sliced(tensor)


def _permuted(tensor: torch.Tensor) -> torch.Tensor:
    """The last dimension lies as it did, those before it in the other order in memory: heads of which each row holds
    several. As ``transposed`` where there are two dimensions only."""
    if tensor.dim() < 3:
        return _transposed(tensor)
    order = (*range(tensor.dim() - 2, -1, -1), tensor.dim() - 1)
    return tensor.permute(order).contiguous().permute(order)


def _sliced(tensor: torch.Tensor) -> torch.Tensor:
    """Every second element of a wider last dimension."""
    if tensor.dim() == 0:
        return tensor
    wide = _filler((*tensor.shape[:-1], 2 * tensor.shape[-1]), tensor.dtype)
    wide[..., ::2] = tensor
    return wide[..., ::2]


def _padded(tensor: torch.Tensor) -> torch.Tensor:
    """The first columns of wider rows, which begin at multiples of 16 elements; every second element of a vector."""
    if tensor.dim() < 2:
        return _sliced(tensor)
    columns = tensor.shape[-1]
    wide = _filler((*tensor.shape[:-1], (columns // 16 + 2) * 16), tensor.dtype)
    wide[..., :columns] = tensor
    return wide[..., :columns]


def _offset(tensor: torch.Tensor) -> torch.Tensor:
    """Starting one element behind an aligned address, with the dimensions in the order that they have."""
    longer = _filler((tensor.numel() + 1,), tensor.dtype)
    strides = torch.empty_like(tensor).stride()
    return longer.as_strided(tensor.shape, strides, 1).copy_(tensor)


def _channels_last(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.dim() == 4:
        return tensor.contiguous(memory_format=torch.channels_last)
    if tensor.dim() == 5:
        return tensor.contiguous(memory_format=torch.channels_last_3d)
    return tensor


def _expanded(tensor: torch.Tensor) -> torch.Tensor:
    """One slice along the first dimension, repeated with stride 0."""
    return tensor[:1].expand(tensor.shape) if tensor.dim() and tensor.shape[0] > 1 else tensor


def _loose(tensor: torch.Tensor) -> torch.Tensor:
    """Dimensions of one place have a stride of 1, as where they are the columns of a column: PyTorch takes any for
    contiguous."""
    strides = [1 if size == 1 else stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True)]
    return tensor.as_strided(tensor.shape, strides)


def _filler(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    if dtype.is_floating_point or dtype.is_complex:
        return torch.full(shape, float("nan"), dtype=dtype)
    return torch.full(shape, 1, dtype=torch.uint8).to(dtype) if dtype == torch.bool else torch.full(shape, 93).to(dtype)


_LAYOUTS: dict[str, Callable[[Any], torch.Tensor]] = {
    "transposed": _transposed,
    "sliced": _sliced,
    "padded": _padded,
    "offset": _offset,
    "channels last": _channels_last,
    "expanded": _expanded,
    "permuted": _permuted,
    "loose": _loose,
}
