"""A module with an operator that the built-in synthesizer does not take, and kernels for the piece that has it."""

from __future__ import annotations

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc1 = nn.Linear(n, n)
        self.fc2 = nn.Linear(n, n)

    def forward(self, x):
        hidden = torch.relu(self.fc1(x))
        common = torch.mode(hidden, dim=-1, keepdim=True).values
        return self.fc2(hidden - common) + torch.relu(self.fc1(x))


def get_inputs():
    return [torch.randn(4, 16)]


def get_init_inputs():
    return [16]
"""

MODE_SUB = """\
import torch
import triton
import triton.language as tl


@triton.jit
def mode_sub_kernel(x, out, columns, row_stride, column_stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    index = tl.arange(0, BLOCK)
    inside = index < columns
    values = tl.load(x + row * row_stride + index * column_stride, mask=inside, other=float("inf"))
    equal = (values[:, None] == values[None, :]) & inside[:, None] & inside[None, :]
    counts = tl.sum(equal.to(tl.int32), axis=1)
    most = tl.max(counts, axis=0)
    common = tl.min(tl.where((counts == most) & inside, values, float("inf")), axis=0)
    tl.store(out + row * columns + index, values - common, mask=inside)


def kernel_function(hidden):
    rows, columns = hidden.shape
    out = torch.empty((rows, columns), dtype=hidden.dtype, device=hidden.device)
    if rows:
        block = triton.next_power_of_2(columns)
        mode_sub_kernel[(rows,)](hidden, out, columns, hidden.stride(0), hidden.stride(1), BLOCK=block)
    return out
"""

_FORWARD = NET[NET.index("        common = ") : NET.index("\n\n\ndef get_inputs")]
SCALED = NET.replace(
    _FORWARD, "        return torch.tanh(self.fc2(hidden)) * torch.mode(hidden, dim=-1, keepdim=True).values"
)

_WRITES = "values - common"
SCALED_MODE = (
    MODE_SUB.replace("mode_sub_kernel(x, out,", "mode_mul_kernel(x, other, out, other_row, other_column,")
    .replace("mode_sub_kernel", "mode_mul_kernel")
    .replace(_WRITES, "common * tl.load(other + row * other_row + index * other_column, mask=inside, other=0.0)")
    .replace("(hidden, out,", "(hidden, tanh, out, tanh.stride(0), tanh.stride(1),")
    .replace("def kernel_function(hidden)", "def kernel_function({arguments})")
)
"""Whose function takes the piece's two inputs in an order of its own."""
