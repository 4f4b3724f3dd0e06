"""All tensors of a nested value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import torch

from kernelagent.contract.tensor_paths import keyed, placed


def address(tensor: torch.Tensor) -> int:
    """Of its memory, for as long as it lives: views share it. A sparse tensor, which has none of its own, has a number
    that is no other's."""
    return tensor.untyped_storage().data_ptr() if tensor.layout is torch.strided else id(tensor)


def tensors_in(value: Any, path: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors of a nested value with their paths (``0.states.1``), in order."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from tensors_in(item, keyed(path, key))
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from tensors_in(item, placed(path, place))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from tensors_in(getattr(value, field.name), keyed(path, field.name))
