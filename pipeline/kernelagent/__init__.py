"""KernelAgent: PyTorch modules to verified Triton kernels. Public names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kernelagent.api import fuse, verify
    from kernelagent.kernel_agent import TritonKernelAgent

__all__ = ["TritonKernelAgent", "__version__", "fuse", "verify"]

_HOMES = {"fuse": "kernelagent.api", "verify": "kernelagent.api", "TritonKernelAgent": "kernelagent.kernel_agent"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
