"""What the candidate gives back, turned into plain containers while its operators are still being recorded.

A container of the candidate's own class could compute when it is read, and a module's ``state_dict`` can be the
candidate's own method. Both are read here, inside the record; what is read afterwards runs none of its code.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch

from kernelagent.contract.result_structure import own_key
from kernelagent.worker.problem import saved_tensors
from kernelagent.worker.problem.named_tuples import like

MOST_ITEMS = 1 << 16


def settled(value: Any) -> Any:
    """The same tensors in dicts, lists and tuples of Python's own, named ones included. Raises what reading the value
    raises, and ``ValueError`` where there are more than :data:`MOST_ITEMS` of them."""
    return _Reading().settle(value)


class _Reading:
    def __init__(self) -> None:
        self._left = MOST_ITEMS

    def settle(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"it gives more than {MOST_ITEMS:,} things back")
        if isinstance(value, (torch.Tensor, torch.Size)):
            return value
        if isinstance(value, dict):
            found = {own_key(key): self.settle(item) for key, item in value.items()}
            if len(found) < len(value):
                raise ValueError("it gives a dictionary with two keys that are written alike")
            return found
        if isinstance(value, list):
            return [self.settle(item) for item in value]
        if isinstance(value, tuple):
            return like(value, [self.settle(item) for item in value])
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: self.settle(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return value


def state_of(owner: torch.nn.Module | dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Parameters and buffers of a module, or the weights that ``kernel_function`` was given."""
    return saved_tensors(owner) if isinstance(owner, torch.nn.Module) else dict(owner)
