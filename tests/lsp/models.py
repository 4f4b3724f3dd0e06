"""Module files that the tests open."""

from __future__ import annotations

SOFTMAX = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)
class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return torch.softmax(x * self.scale, dim=-1)
"""
CLASS_LINE = 5
"""0-based line of ``class Gate``."""

DOUBLE = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 64),)
class Gate(nn.Module):
    def forward(self, x):
        return x * 2
"""

RIGHT_KERNEL = """import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def double_kernel(x, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + index, tl.load(x + index, index < n) * 2, index < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    double_kernel[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), BLOCK=1024)
    return out


class GateTriton(nn.Module):
    def forward(self, x):
        return kernel_function(x)
"""
"""What :data:`DOUBLE` computes, by hand."""

TORCH_KERNEL = RIGHT_KERNEL.replace("return kernel_function(x)", "return torch.mul(x, 2)")
"""Does the work in PyTorch, on its last line."""
