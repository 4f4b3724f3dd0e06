"""The kernel's module class on the parameters and buffers of the given module: shared, not copied."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelagent.errors import GpuNotFound, NotAKernelFile

if TYPE_CHECKING:
    import torch


def drop_in(kernel: Path, class_name: str, module: torch.nn.Module) -> torch.nn.Module:
    """An instance of ``class_name`` of the file ``kernel``, whose every tensor is that of ``module``, and whose modes
    are.

    Training one trains the other, and ``module.to(device)`` before this call is enough; move both afterwards.
    Raises ``NotAKernelFile`` where the class can't be made without arguments or lacks a parameter.
    """
    module = getattr(module, "_orig_mod", module)
    namespace = _imported(kernel)
    try:
        made: torch.nn.Module = getattr(namespace, class_name)()
    except TypeError as exc:
        raise NotAKernelFile(
            f"{class_name} of {kernel.name} needs arguments: {exc}.", hint="Construct it yourself and load its state."
        ) from exc
    _share(made, module)
    made.register_forward_pre_hook(_Needs(namespace, class_name), with_kwargs=True)
    return made


def _imported(kernel: Path) -> types.ModuleType:
    """Under a name of its content: the same file twice is one module."""
    name = f"kernelagent_kernel_{hashlib.sha256(kernel.read_bytes()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, kernel)
    if spec is None or spec.loader is None:
        raise NotAKernelFile(f"{kernel} is no Python file.")
    namespace = importlib.util.module_from_spec(spec)
    sys.modules[name] = namespace
    try:
        spec.loader.exec_module(namespace)
    except BaseException:
        del sys.modules[name]
        raise
    return namespace


def _share(made: torch.nn.Module, module: torch.nn.Module) -> None:
    import torch

    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    theirs = dict(module.named_modules(remove_duplicate=False))
    for path, inner in made.named_modules(remove_duplicate=False):
        prefix = f"{path}." if path else ""
        for slots in (inner._parameters, inner._buffers):
            for name in slots:
                slots[name] = own.get(prefix + name)
        other = theirs.get(path)
        if other is None:
            continue
        inner.training = other.training
        for name, value in vars(inner).items():
            if isinstance(value, torch.Tensor) and isinstance(vars(other).get(name), torch.Tensor):
                setattr(inner, name, vars(other)[name])
    missing = [key for key, value in made.state_dict().items() if key not in own and isinstance(value, torch.Tensor)]
    lost = [key for key, value in module.state_dict().items() if isinstance(value, torch.Tensor)]
    lost = [key for key in lost if key not in made.state_dict()]
    if missing or lost:
        raise NotAKernelFile(f"its module has other parameters than the given one: {', '.join(missing + lost)}.")


class _Needs:
    """Says what a Triton kernel needs, before Triton says something else."""

    def __init__(self, namespace: types.ModuleType, class_name: str) -> None:
        self._class_name = class_name
        self._interprets = any(type(value).__name__ == "InterpretedFunction" for value in vars(namespace).values())

    def __call__(self, made: torch.nn.Module, args: Any, kwargs: Any) -> None:
        import torch

        if self._interprets:
            return
        given = (*args, *kwargs.values(), *made.parameters(), *made.buffers())
        if any(isinstance(value, torch.Tensor) and value.device.type == "cpu" for value in given):
            raise GpuNotFound(
                f"{self._class_name} was called with tensors on the CPU, and Triton kernels need a GPU.",
                hint="Move the module and its inputs to one, or set TRITON_INTERPRET=1 before Triton is imported to "
                "run the kernels in its interpreter, slowly.",
            )
