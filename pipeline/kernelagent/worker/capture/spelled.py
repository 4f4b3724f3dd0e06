"""A tensor as the text of an expression that makes it, for buffers that no ``state_dict`` brings along."""

from __future__ import annotations

import base64
import dataclasses
import zlib
from collections.abc import Collection

import torch
from torch._subclasses.fake_tensor import FakeTensor

from kernelagent.worker.capture.graph import GraphInput
from kernelagent.worker.problem.carried import raw_bytes

MOST_NUMBERS = 256
"""That are written out one by one."""
MOST_CHARACTERS = 1 << 17
"""Of bytes as text; a larger tensor is not spelled."""


def with_sources(inputs: tuple[GraphInput, ...], model: torch.nn.Module) -> tuple[GraphInput, ...]:
    """Each buffer outside of the ``state_dict`` with the expression that makes it."""
    saved: Collection[str] = model.state_dict().keys()
    tensors = dict(model.named_buffers(remove_duplicate=False))
    return tuple(
        dataclasses.replace(g, source=spelled(tensors[g.path]))
        if g.kind == "buffer" and g.path not in saved and g.path in tensors
        else g
        for g in inputs
    )


def spelled(tensor: torch.Tensor) -> str:
    """An expression over ``torch``, ``base64`` and ``zlib``; empty where the tensor has no values, or too many."""
    if isinstance(tensor, FakeTensor) or tensor.is_complex() or not tensor.numel():
        return ""
    value = tensor.detach().cpu().contiguous()
    shape, dtype = tuple(value.shape), str(value.dtype)
    same = value.flatten()[0]
    if bool((value == same).all()) and bool(same.isfinite()):
        return f"torch.full({shape}, {same.item()!r}, dtype={dtype})"
    if (counted := _counted(value)) is not None:
        start, step = counted
        end = start + step * value.shape[-1]
        row = f"torch.arange({start}, {end}, {step}, dtype={dtype})"
        return row if value.dim() == 1 else f"{row}.repeat({(*shape[:-1], 1)})"
    if value.numel() <= MOST_NUMBERS and bool(value.isfinite().all()):
        return f"torch.tensor({value.tolist()!r}, dtype={dtype})"
    packed = zlib.compress(raw_bytes(value).numpy().tobytes(), 9)
    text = base64.b64encode(packed).decode()
    if len(text) > MOST_CHARACTERS:
        return ""
    return f'torch.frombuffer(bytearray(zlib.decompress(base64.b64decode("{text}"))), dtype={dtype}).reshape({shape})'


def _counted(value: torch.Tensor) -> tuple[int, int] | None:
    """Start and step of integers that count along the last dimension, alike in all rows."""
    if value.is_floating_point() or value.dtype == torch.bool or not value.dim() or value.shape[-1] < 3:
        return None
    rows = value.reshape(-1, value.shape[-1])
    start, step = int(rows[0, 0]), int(rows[0, 1] - rows[0, 0])
    expected = start + step * torch.arange(value.shape[-1])
    return (start, step) if step and bool((rows == expected).all()) else None
