# problem: pointwise::Broadcast | expanded views: strides of zero handed to the kernel | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def add_mul(x, row, column, out, rows, cols, x0, x1, r0, r1, c0, c1, BR: tl.constexpr, BC: tl.constexpr):
    i = tl.program_id(0) * BR + tl.arange(0, BR)[:, None]
    j = tl.program_id(1) * BC + tl.arange(0, BC)[None, :]
    mask = (i < rows) & (j < cols)
    value = tl.load(x + i * x0 + j * x1, mask=mask) + tl.load(row + i * r0 + j * r1, mask=mask)
    tl.store(out + i * cols + j, value * tl.load(column + i * c0 + j * c1, mask=mask), mask=mask)


def kernel_function(x, row, column):
    shape = torch.broadcast_shapes(x.shape, row.shape, column.shape)
    x, row, column = (t.expand(shape) for t in (x, row, column))
    out = torch.empty(shape, dtype=torch.result_type(x, row), device=x.device)
    rows, cols = shape
    grid = (triton.cdiv(rows, 4), triton.cdiv(cols, 16))
    add_mul[grid](x, row, column, out, rows, cols, *x.stride(), *row.stride(), *column.stride(), BR=4, BC=16)
    return out
