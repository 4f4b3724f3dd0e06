"""What the candidate gives back, turned into plain containers while its operators are still being recorded.

A container of the candidate's own class could compute when it is read, and a module's ``state_dict`` can be the
candidate's own method. Both are read here, inside the record; what is read afterwards runs none of its code.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch


def settled(value: Any) -> Any:
    """The same tensors in dicts, lists and tuples of Python's own. Raises what reading the value raises."""
    if isinstance(value, (torch.Tensor, torch.Size)):
        return value
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [settled(item) for item in value]
    if isinstance(value, tuple):
        return tuple(settled(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: settled(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def state_of(owner: torch.nn.Module | dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Parameters and buffers of a module, or the weights that ``kernel_function`` was given."""
    return dict(owner.state_dict() if isinstance(owner, torch.nn.Module) else owner)
