"""Whether a candidate has replaced what others rely on: a method of tensors that the judge calls would be its own code.

The static check reads names; a class that was reached through a value has none. So the classes are looked at.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import torch
import torch.nn.functional

from kernelagent.worker.judge import reference_run, tensorfile

_OWNERS: tuple[type | ModuleType, ...] = (
    *(torch.Tensor, torch.nn.Parameter, torch.nn.Module, torch.Size, torch.autograd.Function),
    *(torch, torch.nn.functional, tensorfile, reference_run),
)


class Replaced:
    """Remembers how they are when it is made."""

    def __init__(self) -> None:
        self._before = [dict(vars(owner)) for owner in _OWNERS]

    def first(self) -> str:
        """``torch.Tensor.storage_offset``, or nothing. New names count where they hide an inherited one."""
        for owner, before in zip(_OWNERS, self._before, strict=True):
            now = vars(owner)
            for name, value in now.items():
                is_new = name not in before
                hides = is_new and isinstance(owner, type) and any(name in vars(base) for base in owner.__mro__[1:])
                if hides or (not is_new and before[name] is not value and not _is_pytorchs(value, before[name])):
                    return f"{owner.__module__ if isinstance(owner, type) else ''}.{owner.__name__}.{name}".lstrip(".")
            if gone := before.keys() - now.keys():
                return f"{owner.__name__}.{sorted(gone)[0]}"
        return ""


def _is_pytorchs(value: object, before: object) -> bool:
    """PyTorch's compiler wraps ``torch.manual_seed`` when it is first imported, which may be at any time."""
    code = getattr(value, "__code__", None)
    if code is None or getattr(value, "__wrapped__", None) is not before:
        return False
    return Path(code.co_filename).is_relative_to(Path(torch.__file__).parent)
