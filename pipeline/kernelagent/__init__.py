"""KernelAgent: PyTorch modules to verified Triton kernels. Public names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kernelagent.api import Fused, Options, benchmark, fuse, inspect, verify
    from kernelagent.kernel_agent import TritonKernelAgent

_OF_API = ("Fused", "Options", "benchmark", "fuse", "inspect", "verify")
__all__ = ["Fused", "Options", "TritonKernelAgent", "__version__", "benchmark", "fuse", "inspect", "verify"]

_HOMES = {**dict.fromkeys(_OF_API, "kernelagent.api"), "TritonKernelAgent": "kernelagent.kernel_agent"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
