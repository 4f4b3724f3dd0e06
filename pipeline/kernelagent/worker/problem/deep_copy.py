"""A deep copy of a module that may hold tensors which autograd made, as ``nn.utils.weight_norm`` and every other way to
compute a weight of other weights leave them in attributes."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import torch
from torch.overrides import TorchFunctionMode

T = TypeVar("T")


class _Detaching(TorchFunctionMode):
    """PyTorch copies no tensor that has a history: the copy would not have it."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.__deepcopy__ and not args[0].is_leaf:
            tensor, memo = args
            if id(tensor) not in memo:
                memo[id(tensor)] = copy.deepcopy(tensor.detach(), memo)
            return memo[id(tensor)]
        return func(*args, **(kwargs or {}))


def deep_copy(value: T, memo: dict[int, Any] | None = None) -> T:
    """``copy.deepcopy``, but that tensors with a history come out with the same values and without it. Tensors that
    share memory with them still do in the copy."""
    with _Detaching():
        return copy.deepcopy(value, memo)
