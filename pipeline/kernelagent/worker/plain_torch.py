"""What plain PyTorch may name of the installed torch: functions of tensors, module classes, dtypes, and little else."""

from __future__ import annotations

import types
from importlib import import_module
from typing import Any

import torch

from kernelagent.static.plain_names import TORCH_MODULES

_TYPES = frozenset({"Tensor", "Size", "device", "dtype", "Generator", "finfo", "iinfo", "layout", "memory_format"})
_OTHERS: dict[str, frozenset[str]] = {
    "torch": _TYPES
    | {"no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "manual_seed", "tensor", "as_tensor"}
    | {"is_tensor", "is_floating_point", "is_complex", "get_default_dtype", "is_grad_enabled"},
    "torch.nn": frozenset({"Parameter", "Buffer"}),
    "torch.nn.parameter": frozenset({"Parameter", "Buffer"}),
    "torch.nn.utils.rnn": frozenset(
        {"pad_sequence", "unpad_sequence", "pack_padded_sequence", "pad_packed_sequence", "pack_sequence"}
    ),
    "torch.cuda": frozenset({"is_available", "device_count"}),
}
_OTHERWISE = frozenset({"from_file", "save", "load", "frombuffer", "from_numpy"})
"""Functions of tensors by their place, which are about files and foreign memory."""


def names() -> dict[str, list[str]]:
    """For each of ``TORCH_MODULES`` what may be named of it; none of the names is a module."""
    return {path: sorted(_names(path)) for path in TORCH_MODULES}


def attributes() -> list[str]:
    """Private attributes that tensors and modules have by themselves: a file of its own may not use them."""
    known = {*dir(torch.Tensor), *dir(torch.nn.Module), *dir(types.FunctionType), *dir(torch.Generator)}
    return sorted(name for name in known if name.startswith("_"))


def _names(path: str) -> set[str]:
    if path in ("torch.ops", "torch.nn.utils"):
        return set()
    if path == "torch.ops.aten":
        return _names("torch")
    module = import_module(path)
    fitting = {name for name, value in vars(module).items() if _is_plain(path, name, value)}
    return (fitting | {name for name in _OTHERS.get(path, ()) if hasattr(module, name)}) - _OTHERWISE


def _is_plain(path: str, name: str, value: Any) -> bool:
    if name.startswith("_") or isinstance(value, types.ModuleType):
        return False
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format, float)):
        return True
    if isinstance(value, type):
        return path == "torch.nn" and issubclass(value, torch.nn.Module)
    if path == "torch":
        in_python = getattr(value, "__module__", None) == "torch.functional" and name in torch.functional.__all__
        return callable(value) and (in_python or hasattr(torch._C._VariableFunctions, name))
    if path == "torch.nn.init":
        return isinstance(value, types.FunctionType) and value.__module__ == path
    if path == "torch.nn.functional":
        is_own = isinstance(value, types.FunctionType) and value.__module__ in (path, "torch._jit_internal")
        is_machinery = hasattr(torch._jit_internal, name) or hasattr(torch.overrides, name)
        return not is_machinery and (is_own or isinstance(value, types.BuiltinFunctionType))
    return path in ("torch.linalg", "torch.fft", "torch.special") and isinstance(value, types.BuiltinFunctionType)
