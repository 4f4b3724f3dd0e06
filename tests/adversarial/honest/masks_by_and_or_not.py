# problem: pointwise::Broadcast | masks combined by `and`, `or` and `not`, which compile to elementwise operations | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def add_mul(x, row, column, out, rows, cols, x0, x1, r0, c0, BR: tl.constexpr, BC: tl.constexpr):
    i = tl.program_id(0) * BR + tl.arange(0, BR)[:, None]
    j = tl.program_id(1) * BC + tl.arange(0, BC)[None, :]
    mask = (i < rows) and (j < cols) and not (i < 0 or j < 0)  # kernelagent: ignore[KA204]
    first = tl.load(x + i * x0 + j * x1, mask=mask, other=0.0)
    added = tl.load(row + j * r0, mask=(j < cols) and BC > 0, other=0.0)  # kernelagent: ignore[KA204]
    factor = tl.load(column + i * c0, mask=i < rows, other=0.0)
    if rows > 0 and cols > 0:
        tl.store(out + i * cols + j, (first + added) * factor, mask=mask)


def kernel_function(x, row, column):
    rows, cols = x.shape
    out = torch.empty((rows, cols), dtype=x.dtype, device=x.device)
    grid = (triton.cdiv(rows, 4), triton.cdiv(cols, 16))
    x0, x1 = x.stride()
    add_mul[grid](x, row, column, out, rows, cols, x0, x1, row.stride(0), column.stride(0), BR=4, BC=16)
    return out
