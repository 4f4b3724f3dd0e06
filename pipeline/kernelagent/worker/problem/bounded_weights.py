"""Stops a constructor that makes more weights than there should be in memory: they are made as fake tensors then."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_FACTORIES = frozenset(
    {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.randint, torch.empty_strided}
)


class TooManyBytes(BaseException):
    """No ``Exception``: a constructor that handles those must not handle this one."""


class BoundedWeights(TorchFunctionMode):
    """While it is entered, factory calls may make ``limit`` bytes together; the one that goes past raises."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _FACTORIES:
            with torch.device("meta"):
                wanted = func(*args, **{k: v for k, v in kwargs.items() if k not in ("device", "out", "generator")})
            self._left -= wanted.numel() * wanted.element_size()
            if self._left < 0:
                raise TooManyBytes
        return func(*args, **kwargs)
