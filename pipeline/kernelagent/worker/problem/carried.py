"""Which values can be carried between processes, and so be judged; the bytes of tensors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import torch

_WORD = 8
"""Bytes that are compared as one, which takes an eighth of the time."""
DTYPES: dict[str, torch.dtype] = {
    str(d).removeprefix("torch."): d
    for d in (
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
        *(torch.float8_e4m3fn, torch.float8_e5m2, torch.complex64, torch.complex128),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    )
}


def is_carried(layout: torch.layout, dtype: torch.dtype) -> bool:
    return layout is torch.strided and dtype in DTYPES.values()


def not_carried(value: Any) -> Iterator[Any]:
    """What ``value`` holds that is neither tensor nor container nor plain value. Whether a tensor is carried is another
    question (:func:`is_carried`)."""
    if isinstance(value, dict):
        for item in value.values():
            yield from not_carried(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from not_carried(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from not_carried(getattr(value, field.name))
    elif value is not None and not isinstance(value, (torch.Tensor, torch.dtype, bool, int, float, str)):
        yield value


def raw_bytes(tensor: torch.Tensor) -> torch.Tensor:
    """uint8 ``[numel * itemsize]``: the elements in their order, in memory of the tensor where they lie so.

    What has one element counts as contiguous with any strides, and as no bytes for ``view``.
    """
    dense = tensor.detach().contiguous()
    return dense.as_strided((dense.numel(),), (1,)).view(torch.uint8)


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Equal to the last bit, NaN and all; shape and dtype too."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.numel() == 0:
        return True
    one, other = raw_bytes(one), raw_bytes(other)
    if one.storage_offset() % _WORD or other.storage_offset() % _WORD:
        return torch.equal(one, other)
    whole = one.numel() - one.numel() % _WORD
    words, others = one[:whole].view(torch.int64), other[:whole].view(torch.int64)
    return torch.equal(words, others) and torch.equal(one[whole:], other[whole:])
