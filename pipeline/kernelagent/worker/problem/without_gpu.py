"""Files written for a GPU, on a machine that has none: ``device="cuda"`` and ``.cuda()`` mean the CPU."""

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_GPU_KINDS = ("cuda", "xpu")
_is_available = torch.cuda.is_available  # where a candidate runs, another answer stands in for it


def without_gpu() -> contextlib.AbstractContextManager[Any]:
    """A context in which what asks for a GPU gets the CPU; does nothing where there is a GPU."""
    return contextlib.nullcontext() if _is_available() else _OnTheCpu()


class _OnTheCpu(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.Tensor.cuda, torch.Tensor.xpu):
            return args[0]
        if func is torch.device:
            return func(*args, **kwargs)
        args = tuple(_here(a) for a in args)
        if "device" in kwargs:
            kwargs["device"] = _here(kwargs["device"])
        return func(*args, **kwargs)


def _here(value: Any) -> Any:
    if isinstance(value, torch.device) and value.type in _GPU_KINDS:
        return torch.device("cpu")
    if isinstance(value, str) and value.partition(":")[0] in _GPU_KINDS:
        return "cpu"
    return value
