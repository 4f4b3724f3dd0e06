"""KernelAgent's import path: ``from triton_kernel_agent import TritonKernelAgent``."""

from kernelagent.kernel_agent import TritonKernelAgent

__all__ = ["TritonKernelAgent"]
