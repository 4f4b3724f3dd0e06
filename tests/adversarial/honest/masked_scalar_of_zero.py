# problem: row_total::Model | what a mask leaves out is a zero, of a block of one lane and of a scalar too | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def sums(x_ptr, out_ptr, rows, width, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    total = tl.sum(tl.load(x_ptr + row * stride_row + column * stride_column, mask=column < width - 1, other=0.0), 0)
    total += tl.load(x_ptr + row * stride_row + (width - 1) * stride_column, mask=width > 0, other=0.0)
    tl.store(out_ptr + row, total, mask=row < rows)


def kernel_function(x):
    rows, width = x.shape
    out = torch.empty(rows, dtype=x.dtype, device=x.device)
    if rows:
        block = triton.next_power_of_2(max(width - 1, 1))
        sums[(rows,)](x, out, rows, width, x.stride(0), x.stride(1), BLOCK=block)
    return out
