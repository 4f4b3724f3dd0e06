"""What a module asks to be float32 is float64, while it is run as the yardstick: ``x.float()`` in a norm would give the
yardstick float32's own errors, and nothing could be held against them.

16-bit and 8-bit types stay: what a module rounds to them it means to round.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten


class CannotWiden(Exception):
    """The module reads the bits of a number."""


class Widened(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Replaces the dtype in every call that names float32, but where random numbers are drawn."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is _aten.view.dtype:
            raise CannotWiden
        if kwargs.get("dtype") is torch.float32 and torch.Tag.nondeterministic_seeded not in func.tags:
            kwargs = {**kwargs, "dtype": torch.float64}
        return func(*args, **kwargs)
