"""A module, a file that is right for it, and files that are not."""

from __future__ import annotations

MODULE = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(features))

    def forward(self, x):
        return torch.relu(x * self.weight)


def get_inputs():
    return [torch.randn(4, 24)]


def get_init_inputs():
    return [24]
"""

RIGHT = """\
import torch
import triton
import triton.language as tl


@triton.jit
def scaled_relu(x, weight, out, columns, x_row, x_column, w_stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < columns
    a = tl.load(x + row * x_row + column * x_column, mask=inside, other=0.0)
    b = tl.load(weight + column * w_stride, mask=inside, other=0.0)
    product = a * b
    tl.store(out + row * columns + column, tl.where(product <= 0, 0.0, product), mask=inside)


def kernel_function(x, weight):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if rows * columns:
        block = triton.next_power_of_2(columns)
        scaled_relu[(rows,)](x, weight, out, columns, x.stride(0), x.stride(1), weight.stride(0), BLOCK=block)
    return out


class BlockTriton(torch.nn.Module):
    def __init__(self, features):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(features))

    def forward(self, x):
        return kernel_function(x, self.weight)
"""

WRONG_VALUES = RIGHT.replace("product = a * b", "product = a * b * 1.01")
NOT_PYTHON = RIGHT.replace("def kernel_function(x, weight):", "def kernel_function(x, weight)")
FALLS_BACK = RIGHT.replace("    return out\n", "    return torch.relu(x * weight)\n")
NO_ENTRY = RIGHT.replace("def kernel_function", "def another_function")
PRINTS_SECRETS = RIGHT.replace(
    "    rows, columns = x.shape\n",
    "    import os\n    rows, columns = x.shape\n    print({k: v for k, v in os.environ.items() if 'KEY' in k})\n",
).replace("product = a * b", "product = a * b * 1.01")


def said(code: str) -> str:
    return f"Here is the file.\n\n```python\n{code}```\n\nIt is masked."
